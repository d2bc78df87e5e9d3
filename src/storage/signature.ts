import { createHash, createHmac } from 'node:crypto'

/** The keys of whoever signs a request. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of credentials that end, as a Lambda function has them. */
  readonly sessionToken?: string | undefined
}

/** A POST request to sign: everything that its receiver can hold it to. */
interface SignableRequest {
  readonly url: URL
  /** In small letters. All of them are signed. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The service that is asked, and where. */
interface SigningScope {
  readonly region: string
  readonly service: string
}

const ALGORITHM = 'AWS4-HMAC-SHA256'

/**
 * The headers of a POST request to an AWS service, with its signature: version 4 as the AWS reference "Create a signed
 * AWS API request" has it, for addresses without a query. For the secret that is read at a cold start: loading and
 * signing take 4.5 ms of processor time here, 56 with aws4fetch 1.0 (it needs the web's `Headers` and Web Crypto, which
 * Node loads with their first use), 38 with @smithy/signature-v4 5.7 (144 kB, beside 1.5). Least of 15 processes on a
 * busy Xeon, Node 20.
 *
 * @param now when it is sent; services take a signature for some minutes
 */
export function signPost(
  request: SignableRequest,
  credentials: AwsCredentials,
  { region, service }: SigningScope,
  now: Date,
): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const { sessionToken } = credentials
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.url.host,
    'x-amz-date': time,
    ...(sessionToken && { 'x-amz-security-token': sessionToken }),
  }
  const names = Object.keys(headers).sort()
  const signedHeaders = names.join(';')
  const canonical = [
    'POST',
    request.url.pathname,
    '',
    ...names.map((name) => `${name}:${headers[name]!.trim()}`),
    '',
    signedHeaders,
    sha256(request.body),
  ].join('\n')
  const day = time.slice(0, 8)
  const scope = `${day}/${region}/${service}/aws4_request`
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  )
  const signature = hmac(key, [ALGORITHM, time, scope, sha256(canonical)].join('\n')).toString('hex')
  const proof = `Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
  return { ...headers, authorization: `${ALGORITHM} ${proof}` }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
