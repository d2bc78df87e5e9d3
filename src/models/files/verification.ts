import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import type { ManifestFile } from '../catalog/manifest.ts'

/** Small enough to stay in the processor's cache between the read and the hash. */
const CHUNK_BYTES = 1 << 18

/** A Git LFS pointer, the commonest broken download, is a text of about 133 bytes. */
const POINTER_HEAD = 'version https://git-lfs'

/** Beyond this many bytes nothing is taken for a Git LFS pointer. */
export const POINTER_MAX_BYTES = 1024

/**
 * Reads a file through SHA-256, handing each chunk to `take`; the chunk's memory is reused afterwards. Reads
 * synchronously: creating the graph blocks the thread right after anyway, and turns of the event loop between chunks
 * only make a cold start longer.
 *
 * @throws AppError `artifact_missing`, or `artifact_corrupt` with what was expected and got
 */
export function readVerified(
  path: string,
  expected: ManifestFile,
  model: string,
  take?: (chunk: Uint8Array) => void,
): void {
  const chunks = readChunks(path, expected, model, take)
  while (!chunks.next().done);
}

/**
 * As {@link readVerified}, with turns of the event loop between the chunks: for files of gigabytes, beside other work.
 *
 * @throws AppError as {@link readVerified} does
 */
export async function verifyInTurns(path: string, expected: ManifestFile, model: string): Promise<void> {
  const chunks = readChunks(path, expected, model)
  while (!chunks.next().done) await nextTurn()
}

function* readChunks(
  path: string,
  expected: ManifestFile,
  model: string,
  take?: (chunk: Uint8Array) => void,
): Generator<void, void, void> {
  const file = openFile(path, expected, model)
  try {
    const { size } = fstatSync(file)
    if (size !== expected.bytes) {
      throw corruptFile(model, expected, `${expected.bytes} bytes`, describeWrongSize(file, size))
    }
    const hash = createHash('sha256')
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, size)))
    for (let position = 0; position < size; ) {
      const bytesRead = readSync(file, chunk, 0, chunk.length, position)
      if (bytesRead === 0) throw corruptFile(model, expected, `${size} bytes`, `an end after ${position}`)
      const part = chunk.subarray(0, bytesRead)
      hash.update(part)
      take?.(part)
      position += bytesRead
      yield
    }
    const sha256 = hash.digest('hex')
    if (sha256 !== expected.sha256) throw corruptFile(model, expected, `SHA-256 ${expected.sha256}`, sha256)
  } finally {
    closeSync(file)
  }
}

/** What a file of the wrong size is, given its first bytes: `133 bytes`, or a pointer. */
export function describeContent(head: Uint8Array, bytes: number): string {
  return Buffer.from(head).toString('latin1').startsWith(POINTER_HEAD) && bytes <= POINTER_MAX_BYTES
    ? `a Git LFS pointer of ${bytes} bytes (run "git lfs pull" where it came from)`
    : `${bytes} bytes`
}

/** The error of a file that is not the one in its manifest; `place` says where it came from. */
export function corruptFile(
  model: string,
  file: ManifestFile,
  expected: string,
  got: string,
  place?: string,
): AppError {
  return new AppError(
    'artifact_corrupt',
    `File ${file.path} of model ${model}${place ? ` from ${place}` : ''} is not the one in its manifest: expected ${expected}, got ${got}; fetch it again.`,
    { details: { model, path: file.path, expected, got } },
  )
}

/** The error of a file that its source does not have. */
export function missingFile(model: string, file: ManifestFile, cause?: unknown): AppError {
  return new AppError('artifact_missing', `Model ${model} has no file ${file.path} in its source.`, {
    cause,
  })
}

function openFile(path: string, expected: ManifestFile, model: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw missingFile(model, expected, cause)
  }
}

function describeWrongSize(file: number, size: number): string {
  const head = Buffer.alloc(POINTER_HEAD.length)
  readSync(file, head, 0, head.length, 0)
  return describeContent(head, size)
}
