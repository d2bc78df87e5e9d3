import { writeSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import type { Context } from '../../context.ts'
import { inLanes } from '../../lanes.ts'
import type { ByteRange, ObjectStat, Store, Take } from '../../storage/store.ts'
import type { ManifestFile } from '../catalog/manifest.ts'
import { createFileHash, type FileHash } from './file-hash.ts'
import { corruptFile, describeContent, missingFile, POINTER_MAX_BYTES } from './verification.ts'

/** What to fetch, and from where. */
export interface Download {
  readonly source: Store
  readonly key: string
  readonly expected: ManifestFile
  /** The model's id, for error messages. */
  readonly model: string
}

/** Connections at once for one file. One alone reaches a fraction of what S3 and a function's network can carry. */
export const LANES = 8
/** Small enough that the lanes end together, large enough that a request's 20 ms do not count. */
const LEAST_PART_BYTES = 1 << 20
const MOST_PART_BYTES = 8 << 20
/**
 * Fetches a file into `file`, an empty one open for writing and reading, in parts at the same time, and proves it:
 * its size before anything is fetched, its SHA-256 while it comes. Memory does not grow with the size: what comes
 * is written at once, and hashed in order, if need be from the file.
 *
 * @throws AppError `artifact_corrupt` with what was expected and got, and as `Store.read` does; an error of the file
 * system when it cannot be written
 */
export async function downloadVerified(
  download: Download,
  file: FileHandle,
  context: Context,
): Promise<void> {
  const { source, expected, model } = download
  await checkStat(download, await source.stat(download.key, context), context)
  const parts = planParts(expected.bytes)
  const hash = createFileHash(file, parts)
  let failure: unknown
  const note = (error: unknown) => {
    failure ??= error
  }
  // All of them, so that none still writes when this returns.
  await inLanes(parts.length, LANES, context, (part, inner) =>
    fetchPart(download, { file, hash, part, range: parts[part]! }, inner),
  ).catch(note)
  const sha256 = await hash.digest().catch(note)
  if (failure !== undefined) throw failure
  if (sha256 !== expected.sha256) {
    throw corruptFile(model, expected, `SHA-256 ${expected.sha256}`, `${sha256}`, source.name)
  }
}

/** The parts of a file, in order: so many that each lane has two, within the bounds of a part's size. */
export function planParts(bytes: number): ByteRange[] {
  const even = Math.ceil(bytes / (2 * LANES))
  const size = Math.min(MOST_PART_BYTES, Math.max(LEAST_PART_BYTES, even))
  return Array.from({ length: Math.ceil(bytes / size) }, (_, index) => ({
    start: index * size,
    end: Math.min(bytes, (index + 1) * size),
  }))
}

/** Refuses a wrong file before it is fetched. */
async function checkStat(download: Download, stat: ObjectStat | undefined, context: Context): Promise<void> {
  const { source, key, expected, model } = download
  if (!stat) throw missingFile(model, expected)
  if (stat.bytes !== expected.bytes) {
    const small = stat.bytes <= POINTER_MAX_BYTES
    const head = small ? await buffer(await source.read(key, undefined, context)) : new Uint8Array()
    const got = describeContent(head, stat.bytes)
    throw corruptFile(model, expected, `${expected.bytes} bytes`, got, source.name)
  }
  if (stat.etag && /^[0-9a-f]{64}$/.test(stat.etag) && stat.etag !== expected.sha256) {
    throw corruptFile(model, expected, `SHA-256 ${expected.sha256}`, stat.etag, source.name)
  }
}

interface Part {
  readonly file: FileHandle
  readonly hash: FileHash
  readonly part: number
  readonly range: ByteRange
}

async function fetchPart(download: Download, target: Part, context: Context): Promise<void> {
  const { source, key, expected, model } = download
  const { file, hash, part, range } = target
  let position = range.start
  const take: Take = (bytes) => {
    if (position + bytes.length > range.end) throw wrongLength(position + bytes.length)
    writeAll(file.fd, bytes, position)
    hash.wrote(part, bytes)
    position += bytes.length
  }
  const wrongLength = (end: number) => {
    const got = `${end - range.start} for bytes ${range.start} to ${range.end}`
    return corruptFile(model, expected, `${expected.bytes} bytes`, got, source.name)
  }
  await readInto(source, key, range, take, context)
  if (position < range.end) throw wrongLength(position)
}

/** Not every store hands its bytes over; a stream does the same at a higher price. */
async function readInto(
  source: Store,
  key: string,
  range: ByteRange,
  take: Take,
  context: Context,
): Promise<void> {
  if (source.readInto) return source.readInto(key, range, take, context)
  for await (const chunk of await source.read(key, range, context)) take(chunk)
}

/**
 * The system may write less than asked, for instance as a disk fills up. Synchronous: a write to the system's memory
 * is over before another thread could have begun with it.
 */
function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(file, bytes, written, bytes.length - written, position + written)
  }
}
