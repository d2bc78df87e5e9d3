import { createHash, type Hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'

const CHUNK_BYTES = 1 << 20

/**
 * Digests a file of any size in one pass, with one megabyte of memory: Node reads no file above 2 GiB whole, and a model of
 * 7 billion parameters has 4.
 */
export function digestFile(path: string, ...hashes: readonly Hash[]): string[] {
  const file = openSync(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    for (let bytes = readSync(file, chunk); bytes > 0; bytes = readSync(file, chunk)) {
      for (const hash of hashes) hash.update(chunk.subarray(0, bytes))
    }
    return hashes.map((hash) => hash.digest('hex'))
  } finally {
    closeSync(file)
  }
}

/** SHA-256 of a file as 64 lower-case hex digits. */
export function sha256OfFile(path: string): string {
  return digestFile(path, createHash('sha256'))[0]!
}
