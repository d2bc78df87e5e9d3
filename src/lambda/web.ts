/**
 * The part of the web's `Headers`, `Request` and `Response` that the HTTP interface uses, over bodies that are in
 * memory already. Node loads its own with the first use; the build puts these in their place in the Lambda bundle alone,
 * under their usual names. What they do not know they refuse. Up to its first answer the embed bundle takes 291 ms of
 * processor time with them and 354 with Node's, which `hono/aws-lambda` needs too (least of 15 processes on a busy Xeon,
 * Node 20; about 20 ms on an idle one). They are 3.3 kB.
 */

type HeadersInit = Iterable<readonly [string, string]> | Readonly<Record<string, string>>
type BodyInit = string | Uint8Array | null | undefined

const TOKEN = /^[!#$%&'*+.^`|~\w-]+$/
/** What would end a header's line or its text, and what is not Latin-1. */
const BANNED = /[\r\n\0\u0100-\uffff]/
const FORBIDDEN_METHODS = /^(CONNECT|TRACE|TRACK)$/i
const STANDARD_METHODS = /^(DELETE|GET|HEAD|OPTIONS|POST|PUT)$/i

class LightHeaders implements Iterable<[string, string]> {
  readonly #values = new Map<string, string>()

  constructor(init: HeadersInit = []) {
    for (const [name, value] of Symbol.iterator in init ? init : Object.entries(init))
      this.append(name, value)
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase())
  }

  set(name: string, value: string): void {
    this.#values.set(toName(name), toValue(value))
  }

  append(name: string, value: string): void {
    const key = toName(name)
    const before = this.#values.get(key)
    this.#values.set(key, before === undefined ? toValue(value) : `${before}, ${toValue(value)}`)
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase())
  }

  forEach(visit: (value: string, name: string, headers: this) => void): void {
    for (const [name, value] of this) visit(value, name, this)
  }

  *[Symbol.iterator](): Generator<[string, string]> {
    yield* [...this.#values].sort(([first], [second]) => (first < second ? -1 : 1))
  }
}

/** A message with a body in memory, which can be read once. */
class Message {
  readonly headers: LightHeaders
  bodyUsed = false
  /** Text stays text until somebody wants bytes: an answer of JSON is never made into bytes and back. */
  readonly #content: string | Buffer | undefined

  constructor(body: BodyInit, headers: HeadersInit | undefined) {
    this.headers = new LightHeaders(headers)
    this.#content = toContent(body)
    if (typeof body !== 'string' || this.headers.has('content-type')) return
    this.headers.set('content-type', 'text/plain;charset=UTF-8')
  }

  /** As much of a stream as a reader of it all needs. */
  get body() {
    if (this.#content === undefined) return null
    const cancel = async () => {}
    const read = async () =>
      this.bodyUsed
        ? { done: true as const, value: undefined }
        : { done: false as const, value: toBytes(this.#take()) }
    return { cancel, getReader: () => ({ read, cancel }) }
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return new Uint8Array(toBytes(this.#take())).buffer
  }

  async text(): Promise<string> {
    const content = this.#take()
    return typeof content === 'string' ? content : new TextDecoder().decode(content)
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  #take(): string | Buffer {
    if (this.bodyUsed) throw new TypeError('Body is unusable: Body has already been read')
    this.bodyUsed = this.#content !== undefined
    return this.#content ?? ''
  }
}

class LightRequest extends Message {
  readonly url: string
  readonly method: string

  constructor(url: string, init: { method?: string; headers?: HeadersInit; body?: BodyInit } = {}) {
    super(init.body, init.headers)
    const { method = 'GET' } = init
    if (!TOKEN.test(method) || FORBIDDEN_METHODS.test(method)) {
      throw new TypeError(`'${method}' HTTP method is unsupported.`)
    }
    this.url = new URL(url).href
    this.method = STANDARD_METHODS.test(method) ? method.toUpperCase() : method
    if (init.body != null && /^(GET|HEAD)$/.test(this.method)) {
      throw new TypeError('Request with GET/HEAD method cannot have body.')
    }
  }

  /** Made when it is asked for: a Lambda invocation has a context of its own, and nobody to leave it. */
  get signal(): AbortSignal {
    return new AbortController().signal
  }
}

class LightResponse extends Message {
  readonly status: number

  constructor(body?: BodyInit, init: { status?: number; headers?: HeadersInit } = {}) {
    super(body, init.headers)
    this.status = init.status ?? 200
  }

  static json(data: unknown, init: { status?: number; headers?: HeadersInit } = {}): LightResponse {
    const headers = new LightHeaders(init.headers)
    if (!headers.has('content-type')) headers.set('content-type', 'application/json')
    return new LightResponse(JSON.stringify(data), { ...init, headers })
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }
}

function toName(name: string): string {
  if (TOKEN.test(name)) return name.toLowerCase()
  throw new TypeError(`Headers: ${name} is an invalid header name.`)
}

function toValue(value: string): string {
  const text = String(value).replace(/^[\t\r\n ]+|[\t\r\n ]+$/g, '')
  if (BANNED.test(text)) {
    throw new TypeError('Headers: the value of a header is not Latin-1 or has line ends.')
  }
  return text
}

function toBytes(content: string | Buffer): Buffer {
  return typeof content === 'string' ? Buffer.from(content) : content
}

function toContent(body: BodyInit): string | Buffer | undefined {
  if (body === null || body === undefined) return undefined
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  throw new TypeError('A body on Lambda is text or bytes in memory, never a stream.')
}

/** The substitutes under the names that the build puts them in for. */
export { LightHeaders as Headers, LightRequest as Request, LightResponse as Response }
