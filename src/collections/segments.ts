import { createHash } from 'node:crypto'
import { type Context, createContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { encodeSegment, readSegment, type Segment, type SegmentParts } from '../formats/collection-segment.ts'
import { LANES, planParts } from '../models/download.ts'
import type { Store, WritableStore } from '../storage/store.ts'
import { keyOf, type SegmentEntry } from './manifest.ts'
import type { SearchedSegment } from './search.ts'

/** A file of a collection with what proves it. */
interface FileEntry {
  readonly key: string
  readonly bytes: number
  readonly sha256: string
}

/** Writes a segment under the name of its content. */
export async function writeSegment(
  store: WritableStore,
  name: string,
  parts: SegmentParts,
): Promise<SegmentEntry> {
  const file = await writeFile(store, name, encodeSegment(parts))
  return { ...file, rows: parts.lines.length }
}

/** Writes which rows of a segment count no more: one bit a row. */
export async function writeRemoved(
  store: WritableStore,
  name: string,
  entry: SegmentEntry,
  removed: ReadonlySet<number>,
): Promise<SegmentEntry> {
  const bits = new Uint8Array(Math.ceil(entry.rows / 8))
  for (const row of removed) bits[row >> 3]! |= 1 << (row & 7)
  return { ...entry, removed: { ...(await writeFile(store, name, bits)), rows: removed.size } }
}

async function writeFile(store: WritableStore, name: string, bytes: Uint8Array): Promise<FileEntry> {
  const sha256 = hashOf(bytes)
  const key = `segments/${sha256.slice(0, 32)}.bin`
  await store.write(keyOf(name, key), bytes, { onlyIfAbsent: true })
  return { key, bytes: bytes.length, sha256 }
}

/**
 * Reads a segment with what was removed from it, each file held against its hash.
 *
 * @throws AppError `artifact_missing`, `artifact_corrupt`, and as the store does
 */
export async function loadSegment(
  store: Store,
  name: string,
  entry: SegmentEntry,
  context: Context = createContext(),
): Promise<SearchedSegment> {
  const segment: Segment = readSegment(await readFile(store, name, entry, context), keyOf(name, entry.key))
  if (!entry.removed) return { segment }
  const bits = await readFile(store, name, entry.removed, context)
  const removed = new Float32Array(entry.rows)
  for (let row = 0; row < entry.rows; row++) {
    if (bits[row >> 3]! & (1 << (row & 7))) removed[row] = Number.NEGATIVE_INFINITY
  }
  return { segment, removed }
}

/** Fetches in parallel ranges into memory of its own, so that arrays may be laid over it. */
async function readFile(store: Store, name: string, entry: FileEntry, context: Context): Promise<Uint8Array> {
  const key = keyOf(name, entry.key)
  const stat = await store.stat(key, context)
  if (stat?.bytes !== entry.bytes)
    throw incomplete(store, key, `${entry.bytes} bytes`, `${stat?.bytes ?? 'no file'}`)
  const bytes = new Uint8Array(entry.bytes)
  const parts = planParts(entry.bytes)
  let next = 0
  const lane = async () => {
    while (next < parts.length) {
      const { start, end } = parts[next++]!
      let position = start
      const take = (chunk: Uint8Array) => {
        bytes.set(chunk, position)
        position += chunk.length
      }
      if (store.readInto) await store.readInto(key, { start, end }, take, context)
      else for await (const chunk of await store.read(key, { start, end }, context)) take(chunk)
    }
  }
  await Promise.all(Array.from({ length: Math.min(LANES, parts.length) }, lane))
  const sha256 = hashOf(bytes)
  if (sha256 !== entry.sha256) throw incomplete(store, key, `SHA-256 ${entry.sha256}`, sha256)
  return bytes
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function incomplete(store: Store, key: string, expected: string, got: string): AppError {
  return new AppError(
    'artifact_corrupt',
    `${key} in ${store.name} is not what its collection lists: expected ${expected}, got ${got}; build the collection again.`,
    { details: { key, expected, got } },
  )
}
