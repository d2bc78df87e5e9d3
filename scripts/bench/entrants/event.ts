import type { APIGatewayProxyEventV2 } from 'aws-lambda'

/** `POST /embed` with a JSON body, as API Gateway's HTTP API tells Lambda of it (payload 2.0). */
export function eventOf(body: unknown): APIGatewayProxyEventV2 {
  const host = 'abc123.execute-api.eu-central-1.amazonaws.com'
  const text = JSON.stringify(body)
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/embed',
    rawQueryString: '',
    headers: {
      accept: '*/*',
      'accept-encoding': 'gzip, deflate',
      'content-length': String(Buffer.byteLength(text)),
      'content-type': 'application/json',
      host,
      'user-agent': 'bench',
      'x-amzn-trace-id': 'Root=1-00000000-000000000000000000000000',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    requestContext: {
      accountId: '123456789012',
      apiId: 'abc123',
      domainName: host,
      domainPrefix: 'abc123',
      http: {
        method: 'POST',
        path: '/embed',
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'bench',
      },
      requestId: 'bench',
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 1767225600000,
    },
    body: text,
    isBase64Encoded: false,
  }
}
