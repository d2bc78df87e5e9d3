import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError } from '../errors.ts'
import type { Chunks } from './byte-source.ts'
import { readZstd } from './zstd.ts'

/** How a text may be packed. */
export type Compression = 'none' | 'gzip' | 'zstd'

/** Rows of real files are packed to 1/400 at best; a file that unpacks to more is made to fill memory. */
const MOST_RATIO = 400
/** A small file may shrink as it likes. */
const FREE_BYTES = 64 * 1024 * 1024

/**
 * The unpacked bytes of a packed file, chunk by chunk.
 *
 * @throws AppError `invalid_request` for bytes that are not packed so or end too early, `payload_too_large` when they
 * become far more than any text would; what reading `packed` throws
 */
export async function* unpack(
  packed: Chunks,
  compression: Exclude<Compression, 'none'>,
): AsyncGenerator<Uint8Array, void> {
  const read = { bytes: 0 }
  const counted = count(packed, read)
  let unpacked = 0
  for await (const chunk of compression === 'gzip' ? gunzip(counted) : readZstd(counted, noZstd)) {
    unpacked += chunk.length
    if (unpacked > FREE_BYTES && unpacked > read.bytes * MOST_RATIO) throw bomb(unpacked, read.bytes)
    yield chunk
  }
}

async function* count(chunks: Chunks, read: { bytes: number }): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    read.bytes += chunk.length
    yield chunk
  }
}

/** Reads on only when what was unpacked has been taken. */
async function* gunzip(packed: Chunks): AsyncGenerator<Uint8Array, void> {
  const stream = pipeline(Readable.from(packed), createGunzip(), () => {})
  try {
    for await (const chunk of stream) yield chunk as Uint8Array
  } catch (cause) {
    // Only errors of zlib mean a damaged file; an error of reading the source is passed on.
    throw /^Z_/.test(String((cause as NodeJS.ErrnoException).code)) ? damaged('gzip', cause) : cause
  } finally {
    stream.destroy()
  }
}

function noZstd(what: string): AppError {
  return damaged('zstd', new Error(what))
}

function damaged(compression: Compression, cause: unknown): AppError {
  return new AppError(
    'invalid_request',
    `The file is no whole ${compression} file: ${(cause as Error).message}; pack and send it again.`,
    { cause },
  )
}

function bomb(unpacked: number, packed: number): AppError {
  return new AppError(
    'payload_too_large',
    `The file unpacks to more than ${unpacked} bytes from ${packed}; expected at most ${MOST_RATIO} times as many; send it unpacked.`,
  )
}
