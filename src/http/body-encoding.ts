import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../errors.ts'
import { RouteError } from './errors.ts'

/** The encodings that are read, in the words of a response header. */
const READ = 'gzip, deflate, br'

/** A body's encoding, `undefined` for none. */
type BodyEncoding = 'gzip' | 'deflate' | 'br' | undefined

/**
 * The encoding that a header names.
 *
 * @throws RouteError 415 for any other, and for more than one
 */
export function encodingOf(header: string | null): BodyEncoding {
  const name = (header ?? '').trim().toLowerCase()
  if (name === '' || name === 'identity') return undefined
  if (/^(x-)?gzip$/.test(name)) return 'gzip'
  if (name === 'deflate' || name === 'br') return name
  throw new RouteError(
    415,
    `The body has the content encoding ${name.slice(0, 40)}; expected ${READ} or none; send the JSON as it is.`,
    { 'accept-encoding': READ },
  )
}

/**
 * Unpacks a body while it comes. What is held is bounded: a body that would grow beyond `maxBytes` is dropped at the
 * 16 kB that cross the bound, however small it was packed.
 *
 * @param tooLarge makes the error of such a body, of the bytes seen
 * @throws AppError `invalid_request` for what is not packed so, or is cut off
 */
export async function unpack(
  parts: AsyncIterable<Uint8Array>,
  encoding: NonNullable<BodyEncoding>,
  { maxBytes, tooLarge }: { readonly maxBytes: number; tooLarge(bytes: number): AppError },
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  let refusal: AppError | undefined
  try {
    await pipeline(
      Readable.from(parts),
      await unpackerOf(encoding),
      async (unpacked: AsyncIterable<Buffer>) => {
        for await (const chunk of unpacked) {
          bytes += chunk.length
          if (bytes > maxBytes) {
            // The stream that is given up fails with an error of its own; this one is thrown instead.
            refusal = tooLarge(bytes)
            throw refusal
          }
          chunks.push(chunk)
        }
      },
    )
  } catch (cause) {
    if (refusal) throw refusal
    if (cause instanceof AppError) throw cause
    throw new AppError(
      'invalid_request',
      `The body is not valid ${encoding}, or ends too early; pack it again, or send the JSON as it is without the header "Content-Encoding".`,
      { cause },
    )
  }
  return Buffer.concat(chunks, bytes)
}

/** Loaded with the first packed body: a cold start seldom has one. */
async function unpackerOf(encoding: NonNullable<BodyEncoding>): Promise<Transform> {
  const { createBrotliDecompress, createGunzip, createInflate } = await import('node:zlib')
  if (encoding === 'br') return createBrotliDecompress()
  return encoding === 'gzip' ? createGunzip() : createInflate()
}
