import { createHash } from 'node:crypto'
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { inLanes } from '../lanes.ts'
import { LANES, planParts } from '../models/files/download.ts'
import type { ByteRange, Store, WritableStore } from '../storage/store.ts'
import { type FileEntry, keyOf } from './manifest.ts'

/**
 * Files that no version names are deleted when they are older than this: by then every writer has made a version of
 * what it uploaded, or has ended. (A job of Lambda takes 15 minutes; a local build of hours still has its time.)
 */
export const GRACE_MS = 24 * 60 * 60 * 1000

/**
 * Writes a file under the name of its content. One that is there already is written again when it is old, so that no
 * compaction takes it for one that was left behind.
 */
export async function writeFile(
  store: WritableStore,
  name: string,
  bytes: Uint8Array,
  context: Context,
): Promise<FileEntry> {
  const sha256 = hashOf(bytes)
  const key = `segments/${sha256.slice(0, 32)}.bin`
  const there = await store.stat(keyOf(name, key), context)
  const young = there?.modifiedAt !== undefined && Date.now() - there.modifiedAt < GRACE_MS / 2
  if (there?.bytes !== bytes.length || !young) await store.write(keyOf(name, key), bytes, {}, context)
  return { key, bytes: bytes.length, sha256 }
}

/**
 * Fetches a file in parallel ranges into memory of its own, so that arrays may be laid over it. The first range that
 * fails ends the others.
 *
 * @throws AppError `artifact_missing`, `artifact_corrupt`, and as the store does
 */
export async function readFile(
  store: Store,
  name: string,
  entry: FileEntry,
  context: Context,
): Promise<Uint8Array> {
  const key = keyOf(name, entry.key)
  const stat = await store.stat(key, context)
  if (stat?.bytes !== entry.bytes)
    throw incomplete(store, key, `${entry.bytes} bytes`, stat ? `${stat.bytes}` : 'no file')
  const bytes = new Uint8Array(entry.bytes)
  const parts = planParts(entry.bytes)
  await inLanes(parts.length, LANES, context, (part, inner) =>
    readInto(store, key, parts[part]!, bytes, inner),
  )
  const sha256 = hashOf(bytes)
  if (sha256 !== entry.sha256) throw incomplete(store, key, `SHA-256 ${entry.sha256}`, sha256)
  return bytes
}

/** One range of a file. Only its length can be checked, since the hash is that of the whole file. */
export async function readRange(
  store: Store,
  key: string,
  range: ByteRange,
  context: Context,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(range.end)
  await readInto(store, key, range, bytes, context)
  return bytes.subarray(range.start)
}

/** Reads a range of an object to the same place in `bytes`. */
async function readInto(
  store: Store,
  key: string,
  { start, end }: ByteRange,
  bytes: Uint8Array,
  context: Context,
): Promise<void> {
  let position = start
  const take = (chunk: Uint8Array) => {
    if (position + chunk.length > end) throw wrongLength(position + chunk.length)
    bytes.set(chunk, position)
    position += chunk.length
  }
  const wrongLength = (got: number) =>
    incomplete(store, key, `bytes ${start} to ${end}`, `${got - start} bytes of them`)
  if (store.readInto) await store.readInto(key, { start, end }, take, context)
  else for await (const chunk of await store.read(key, { start, end }, context)) take(chunk)
  if (position < end) throw wrongLength(position)
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Not worth a retry: the same request would read the same damaged file. */
function incomplete(store: Store, key: string, expected: string, got: string): AppError {
  return new AppError(
    'artifact_corrupt',
    `${key} in ${store.name} is not what its collection lists: expected ${expected}, got ${got}; go back to the last whole version with "npm run collections -- rollback", or build the collection again.`,
    { details: { key, expected, got }, retryable: false },
  )
}
