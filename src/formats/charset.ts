import { AppError } from '../errors.ts'
import type { Sample } from './sample.ts'
import { transcode } from './transcode.ts'

/** The encoding of a text. */
export interface Charset {
  /** As `TextDecoder` names it. */
  readonly name: string
  /** Bytes in it as UTF-8. */
  decode(bytes: Uint8Array): Promise<Uint8Array>
}

/** Decides in which encoding a text is. */
export function decideCharset({ bytes }: Sample, given: string | undefined): Charset {
  const name = given === undefined ? markedAs(bytes) : nameOf(given)
  return { name, decode: (text) => decodeAll(text, name) }
}

function markedAs(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

async function decodeAll(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  if (name === 'utf-8') return bytes
  const chunks: Uint8Array[] = []
  for await (const chunk of transcode(once(bytes), name)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes
}

function nameOf(label: string): string {
  try {
    return new TextDecoder(label).encoding
  } catch (cause) {
    throw new AppError(
      'invalid_request',
      `The setting charset is ${JSON.stringify(label.slice(0, 40))}, which is no known encoding; expected one such as utf-8, gb18030, big5, utf-16le or windows-1252.`,
      { details: { field: 'charset' }, cause },
    )
  }
}
