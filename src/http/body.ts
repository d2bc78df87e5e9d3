import { isAscii } from 'node:buffer'
import { AppError } from '../errors.ts'
import { RouteError } from './errors.ts'

/**
 * Reads a request's JSON body.
 *
 * @param parse throws a SyntaxError for what is no JSON
 * @throws RouteError 415 for another content type; AppError `payload_too_large` before more than `maxBytes` are
 * held, and `invalid_request` for what is not JSON in UTF-8
 */
export async function readJson(
  request: Request,
  maxBytes: number,
  parse: (text: string) => unknown = JSON.parse,
): Promise<unknown> {
  requireJson(request.headers.get('content-type'))
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > maxBytes) throw tooLarge(declared, maxBytes)
  const text = decode(await readBytes(request, maxBytes))
  try {
    return parse(text)
  } catch (cause) {
    throw new AppError(
      'invalid_request',
      `The body is not valid JSON: ${text.trim() === '' ? 'it is empty' : describe(cause)}; send an object such as {"input": "text"}.`,
      { cause },
    )
  }
}

function requireJson(contentType: string | null): void {
  const type = (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (type === 'application/json' || type.endsWith('+json')) return
  throw new RouteError(
    415,
    `The body has the content type ${type || '(none)'}; expected application/json; set the header "Content-Type: application/json".`,
    { accept: 'application/json' },
  )
}

async function readBytes(request: Request, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const reader = request.body?.getReader()
  for (let part = await reader?.read(); part && !part.done; part = await reader!.read()) {
    bytes += part.value.byteLength
    if (bytes > maxBytes) {
      await reader!.cancel().catch(() => {})
      throw tooLarge(bytes, maxBytes)
    }
    chunks.push(part.value)
  }
  return Buffer.concat(chunks, bytes)
}

function decode(bytes: Buffer): string {
  try {
    // Most bodies are ASCII, which is read several times as fast.
    if (isAscii(bytes)) return bytes.toString('latin1')
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new AppError('invalid_request', 'The body is not valid UTF-8; encode it as UTF-8.', { cause })
  }
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
