import { isAscii, isUtf8, transcode } from 'node:buffer'
import { AppError, invalid } from '../errors.ts'
import { parseInTurns } from '../formats/json-turns.ts'
import { repeatedKey } from '../formats/repeated-key.ts'
import { encodingOf, unpack } from './body-encoding.ts'
import { ClientLeft, RouteError } from './errors.ts'
import type { Limits } from './limits.ts'
import type { Asked, Visit } from './request-context.ts'

/** How a body is read. */
interface ReadOptions extends Pick<Visit, 'body' | 'whole'> {
  readonly parse?: ((text: string) => unknown) | undefined
}

/**
 * Reads a request's JSON body, packed or not; a large one in turns.
 *
 * @param how.parse throws a SyntaxError for what is no JSON
 * @param how.body the bytes of the body as they come; the request's own when absent
 * @param how.whole the same at once, for a body that is not packed: streams around a small one cost 0.03 ms
 * @throws RouteError 415 for another content type, charset or encoding; AppError `payload_too_large` before more than
 * `maxBodyBytes` are held, `overloaded` before it is parsed, and `invalid_request` for what is not JSON in UTF-8 or has a key twice; ClientLeft when the rest never comes
 */
export async function readJson(
  request: Pick<Asked, 'headers' | 'body'>,
  { maxBodyBytes: maxBytes, admit }: Pick<Limits, 'maxBodyBytes' | 'admit'>,
  { parse = JSON.parse, body, whole }: ReadOptions = {},
): Promise<unknown> {
  requireJson(request.headers.get('content-type'))
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > maxBytes) throw tooLarge(declared, maxBytes)
  const encoding = encodingOf(request.headers.get('content-encoding'))
  const parts = () => partsOf(body?.() ?? streamed(request), maxBytes)
  const bytes = encoding
    ? await unpack(parts(), encoding, { maxBytes, tooLarge: (size) => tooLarge(size, maxBytes) })
    : await (whole ? atOnce(whole, maxBytes) : joined(parts()))
  admit?.()
  const text = decode(bytes)
  let value: unknown
  try {
    value = await parseInTurns(text, parse)
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError(
      'invalid_request',
      `The body is not valid JSON: ${text.trim() === '' ? 'it is empty' : describe(cause)}; send a JSON object.`,
      { cause },
    )
  }
  const twice = await repeatedKey(text, value)
  if (twice !== undefined) throw repeated(twice)
  return value
}

function requireJson(contentType: string | null): void {
  const type = (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (type === 'application/json' || type.endsWith('+json')) {
    requireUtf8(contentType!)
    return
  }
  throw new RouteError(
    415,
    `The body has the content type ${type || '(none)'}; expected application/json; set the header "Content-Type: application/json".`,
    { accept: 'application/json' },
  )
}

/** ASCII is UTF-8 too. */
const UTF8 = /^(utf-?8|us-ascii|ascii)$/i

function requireUtf8(contentType: string): void {
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(contentType)?.[1]
  if (charset === undefined || UTF8.test(charset)) return
  throw new RouteError(
    415,
    `The body has the charset ${charset.slice(0, 40) || '(empty)'}; expected utf-8, as JSON is; encode it so, or leave charset out.`,
    { accept: 'application/json' },
  )
}

/** The bytes of a body as they come, no more than `maxBytes`. */
async function* partsOf(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  const parts = body[Symbol.asyncIterator]()
  let bytes = 0
  let ended = false
  try {
    while (true) {
      const part = await parts.next().catch((cause) => {
        throw new ClientLeft({ cause })
      })
      if (part.done) break
      bytes += part.value.byteLength
      if (bytes > maxBytes) throw tooLarge(bytes, maxBytes)
      yield part.value
    }
    ended = true
  } finally {
    if (!ended) await parts.return?.().catch(() => {})
  }
}

/** The bytes of a request's body by the web's reader, which is all that every kind of request has. */
async function* streamed(request: Pick<Asked, 'body'>): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader()
  if (!reader) return
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value
  } finally {
    await reader.cancel().catch(() => {})
  }
}

async function atOnce(whole: NonNullable<Visit['whole']>, maxBytes: number): Promise<Buffer> {
  const read = await whole(maxBytes).catch((cause) => {
    throw new ClientLeft({ cause })
  })
  if (typeof read === 'number') throw tooLarge(read, maxBytes)
  return read
}

async function joined(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const part of parts) chunks.push(part)
  return Buffer.concat(chunks)
}

/** Of 6 MB of Chinese the decoder takes 50 ms, checking and transcoding 8; of little text they take as long. */
const LARGE_BYTES = 1 << 16
const BYTE_ORDER_MARK = 0xfeff

function decode(bytes: Buffer): string {
  // JSON begins with a character of ASCII, and has none that is null.
  const isWide = bytes[0] === 0 || bytes[1] === 0
  // Most bodies are ASCII, which is read several times as fast.
  if (isAscii(bytes) && !isWide) return bytes.toString('latin1')
  if (!isUtf8(bytes) || isWide) {
    throw new AppError('invalid_request', `The body is not valid UTF-8${remedyFor(bytes)}.`)
  }
  if (bytes.byteLength < LARGE_BYTES) return new TextDecoder().decode(bytes)
  const text = transcode(bytes, 'utf8', 'utf16le').toString('utf16le')
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text
}

/** What to do with bytes that are no UTF-8, by how they begin. */
function remedyFor([first, second]: Buffer): string {
  if (first === 0x1f && second === 0x8b) return ', but gzip; set the header "Content-Encoding: gzip"'
  const isWide = first === 0 || second === 0 || (first === 0xff && second === 0xfe)
  if (isWide || (first === 0xfe && second === 0xff)) return ', but looks like UTF-16; encode it as UTF-8'
  return '; encode it as UTF-8'
}

function repeated(key: string): AppError {
  const name = key.slice(0, 100)
  return invalid(
    name,
    `The body has the field ${name} twice in one object, of which only the last would count; expected each once; remove one.`,
  )
}

function tooLarge(bytes: number, maxBytes: number): AppError {
  return new AppError(
    'payload_too_large',
    `The body has at least ${bytes} bytes; expected at most ${maxBytes}; split the inputs over several requests.`,
    { details: { maxBytes } },
  )
}

/** The parser's reason without the quoted input, which may be private and long. */
function describe(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : ''
  const position = /position (\d+)/.exec(message)?.[1]
  return position ? `it breaks at character ${position}` : 'it ends too early or breaks off'
}
