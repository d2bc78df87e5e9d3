import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { AppError } from '../errors.ts'
import type { LocalStore } from '../storage/directory.ts'
import type { Manifest, ManifestFile } from './manifest.ts'

/** Small enough to stay in the processor's cache between the read and the hash. */
const CHUNK_BYTES = 1 << 18

/** A Git LFS pointer, the commonest broken download, is a text of about 133 bytes. */
const POINTER_HEAD = 'version https://git-lfs'
const POINTER_MAX_BYTES = 1024

/** A model's files on this disk, by their path in the manifest; nothing is read yet. */
export interface Artifacts {
  /** The path on this disk of a file whose size and SHA-256 have just been checked. */
  verifiedPath(file: string): Promise<string>
  /** The bytes of a file whose size and SHA-256 have just been checked. */
  verifiedBytes(file: string): Promise<Uint8Array>
  /** The text of a file whose size and SHA-256 have just been checked. */
  verifiedText(file: string): Promise<string>
}

/**
 * Finds the first of `stores` that has the model's graph.
 *
 * @throws AppError `artifact_missing` with the sources tried; on verification, `artifact_corrupt` with what was
 * expected and got
 */
export async function locateArtifacts(manifest: Manifest, stores: readonly LocalStore[]): Promise<Artifacts> {
  for (const store of stores) {
    if (!(await store.stat(keyOf(manifest, manifest.graph)))) continue
    const pathOf = (file: string) => store.localPath(keyOf(manifest, file))
    return {
      async verifiedPath(file) {
        readVerified(pathOf(file), fileOf(manifest, file), manifest.id)
        return pathOf(file)
      },
      async verifiedBytes(file) {
        return readBytes(pathOf(file), fileOf(manifest, file), manifest.id)
      },
      async verifiedText(file) {
        return readBytes(pathOf(file), fileOf(manifest, file), manifest.id).toString('utf8')
      },
    }
  }
  const sources = stores.map((store) => store.name)
  throw new AppError(
    'artifact_missing',
    `Model ${manifest.id} was found in none of the sources ${sources.join(', ') || '(none)'}; expected ${keyOf(manifest, manifest.graph)}; check MODEL_SOURCES.`,
    { details: { model: manifest.id, sources } },
  )
}

/** Where a file of a model lies in a store. */
export function keyOf(manifest: Manifest, file: string): string {
  return `${manifest.id}/${file}`
}

function fileOf(manifest: Manifest, path: string): ManifestFile {
  const file = [...manifest.files, ...(manifest.derived ?? [])].find((candidate) => candidate.path === path)
  if (file) return file
  throw new AppError(
    'internal',
    `The manifest of model ${manifest.id} lists no file ${path}; add it to its files.`,
  )
}

/** The whole file in memory of its own, so that views of numbers may be laid over it. */
function readBytes(path: string, expected: ManifestFile, model: string): Buffer {
  const parts: { bytes: Buffer | undefined; length: number } = { bytes: undefined, length: 0 }
  readVerified(path, expected, model, (chunk) => {
    // The size has been checked by now.
    parts.bytes ??= Buffer.from(new ArrayBuffer(expected.bytes))
    parts.bytes.set(chunk, parts.length)
    parts.length += chunk.length
  })
  return parts.bytes ?? Buffer.alloc(0)
}

/**
 * Reads a file through SHA-256, handing each chunk to `take`; the chunk's memory is reused afterwards. Reads
 * synchronously: the thread is about to stand still for the graph anyway, and turns of the event loop between chunks
 * only make a cold start longer.
 */
function readVerified(
  path: string,
  expected: ManifestFile,
  model: string,
  take?: (chunk: Uint8Array) => void,
): void {
  const file = openFile(path, expected, model)
  try {
    const { size } = fstatSync(file)
    if (size !== expected.bytes) {
      throw corrupt(model, expected, `${expected.bytes} bytes`, describeWrongSize(file, size))
    }
    const hash = createHash('sha256')
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, size)))
    for (let position = 0; position < size; ) {
      const bytesRead = readSync(file, chunk, 0, chunk.length, position)
      if (bytesRead === 0) throw corrupt(model, expected, `${size} bytes`, `an end after ${position}`)
      const part = chunk.subarray(0, bytesRead)
      hash.update(part)
      take?.(part)
      position += bytesRead
    }
    const sha256 = hash.digest('hex')
    if (sha256 !== expected.sha256) throw corrupt(model, expected, `SHA-256 ${expected.sha256}`, sha256)
  } finally {
    closeSync(file)
  }
}

function openFile(path: string, expected: ManifestFile, model: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new AppError('artifact_missing', `Model ${model} has no file ${expected.path} in its source.`, {
      cause,
    })
  }
}

function describeWrongSize(file: number, size: number): string {
  if (size > POINTER_MAX_BYTES) return `${size} bytes`
  const head = Buffer.alloc(POINTER_HEAD.length)
  readSync(file, head, 0, head.length, 0)
  return head.toString('latin1') === POINTER_HEAD
    ? `a Git LFS pointer of ${size} bytes (run "git lfs pull" where it came from)`
    : `${size} bytes`
}

function corrupt(model: string, file: ManifestFile, expected: string, got: string): AppError {
  return new AppError(
    'artifact_corrupt',
    `File ${file.path} of model ${model} is not the one in its manifest: expected ${expected}, got ${got}; fetch it again.`,
    { details: { model, path: file.path, expected, got } },
  )
}
