import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda'
import { type EventPath, servicePathOf } from './event-path.ts'
import { acceptsGzip, pack } from './packing.ts'

/**
 * An HTTP request as Lambda hears of it: from an HTTP API or a function URL (v2), or from a REST API (v1). A load
 * balancer sends v1 too, with lists of headers only where its target group asks for them.
 */
export type HttpEvent = APIGatewayProxyEventV2 | APIGatewayProxyEvent

/** What Lambda answers to an {@link HttpEvent}; whoever sent lists of headers takes each header as a list. */
export interface HttpResult {
  readonly statusCode: number
  readonly headers?: Record<string, string>
  readonly multiValueHeaders?: Record<string, string[]>
  readonly body: string
  readonly isBase64Encoded: boolean
}

/** Whether an event is an HTTP request; anything else is a direct invocation. */
export function isHttpEvent(event: unknown): event is HttpEvent {
  return (
    typeof event === 'object' &&
    event !== null &&
    'requestContext' in event &&
    typeof event.requestContext === 'object' &&
    event.requestContext !== null &&
    ('rawPath' in event || 'httpMethod' in event)
  )
}

/**
 * The web request of an event, its body byte for byte.
 *
 * @param isRoute whether the service answers a path, asked where an event leaves open what is stage and what is path
 * @throws TypeError for what no web request can be, such as the method TRACE
 */
export function toRequest(event: HttpEvent, isRoute: (path: string) => boolean = () => false): Request {
  const headers = headersOf(event)
  const method = isV2(event) ? event.requestContext.http.method : event.httpMethod
  const body = event.body ? Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8') : undefined
  if (body) headers.set('content-length', String(body.length))
  const host = headers.get('host') ?? 'lambda'
  return new Request(`https://${host}${addressOf(event, isRoute)}`, {
    method,
    headers,
    // Function URLs let a GET have a body, web requests do not.
    ...(body && method !== 'GET' && method !== 'HEAD' ? { body } : {}),
  })
}

/**
 * Whether a large answer to the event may be packed. HTTP APIs and function URLs take bytes as base64 and send them as
 * they were; a REST API does so only where binary media types are set.
 */
export function takesGzip(event: HttpEvent): boolean {
  if (!isV2(event)) return false
  const found = Object.entries(event.headers ?? {}).find(([name]) => name.toLowerCase() === 'accept-encoding')
  return acceptsGzip(found?.[1])
}

/** The event's answer; bytes that are not text travel as base64, and so does a long text to those who take gzip. */
export async function toResult(event: HttpEvent, response: Response): Promise<HttpResult> {
  const { headers: given, status } = response
  if (!isText(given)) {
    const bytes = Buffer.from(await response.arrayBuffer())
    return resultOf(event, status, [...given], { body: bytes.toString('base64'), isBase64Encoded: true })
  }
  const text = await response.text()
  const packed = takesGzip(event) ? await pack(text) : undefined
  if (packed === undefined) return resultOf(event, status, [...given], { body: text, isBase64Encoded: false })
  given.set('content-encoding', 'gzip')
  given.set('vary', [given.get('vary'), 'Accept-Encoding'].filter(Boolean).join(', '))
  return resultOf(event, status, [...given], { body: packed, isBase64Encoded: true })
}

function resultOf(
  event: HttpEvent,
  statusCode: number,
  headers: readonly (readonly [string, string])[],
  body: Pick<HttpResult, 'body' | 'isBase64Encoded'>,
): HttpResult {
  const answer = { statusCode, ...body }
  return isV2(event) || !event.multiValueHeaders
    ? { ...answer, headers: Object.fromEntries(headers) }
    : { ...answer, multiValueHeaders: Object.fromEntries(headers.map(([name, value]) => [name, [value]])) }
}

function isV2(event: HttpEvent): event is APIGatewayProxyEventV2 {
  return 'rawPath' in event
}

function headersOf(event: HttpEvent): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(event.headers ?? {})) set(headers, name, value)
  if (isV2(event)) return headers
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? {})) {
    set(headers, name, values?.join(', '))
  }
  return headers
}

/** Headers hold Latin-1; API Gateway hands on whatever a client sent as UTF-8. */
function set(headers: Headers, name: string, value: string | undefined): void {
  if (value === undefined) return
  headers.set(name, /^[\t -~]*$/.test(value) ? value : encodeURIComponent(value))
}

/** Path and query. */
function addressOf(event: HttpEvent, isRoute: (path: string) => boolean): string {
  const query = isV2(event) ? event.rawQueryString : queryOf(event)
  const path = servicePathOf(eventPathOf(event), isRoute)
  return query ? `${path}?${query}` : path
}

/** HTTP APIs put the name of their stage before the path, unless it is the default one; REST APIs leave it out. */
function eventPathOf(event: HttpEvent): EventPath {
  const parameters = event.pathParameters ?? {}
  const domain = event.requestContext.domainName
  if (!isV2(event)) return { path: event.path, stage: '', domain, template: event.resource, parameters }
  const [, template] = (event.routeKey ?? '').split(' ')
  return { path: event.rawPath, stage: event.requestContext.stage, domain, template, parameters }
}

function queryOf({ multiValueQueryStringParameters, queryStringParameters }: APIGatewayProxyEvent): string {
  if (multiValueQueryStringParameters === undefined) {
    const given = Object.entries(queryStringParameters ?? {}).map(([name, value]): [string, string] => [
      name,
      value ?? '',
    ])
    return new URLSearchParams(given).toString()
  }
  const pairs = Object.entries(multiValueQueryStringParameters ?? {}).flatMap(([name, values]) =>
    (values ?? []).map((value): [string, string] => [name, value]),
  )
  return new URLSearchParams(pairs).toString()
}

function isText(headers: Headers): boolean {
  const type = headers.get('content-type') ?? 'text/plain'
  return !headers.has('content-encoding') && /^text\/|[/+](json|xml)\b/.test(type)
}
