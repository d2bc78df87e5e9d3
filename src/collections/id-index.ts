import { createHash } from 'node:crypto'
import type { Context } from '../context.ts'
import type { Store } from '../storage/store.ts'
import { readFile, readRange } from './files.ts'
import { keyOf, type SegmentEntry } from './manifest.ts'

/**
 * Which row of a segment has which id, so that rows can be replaced and removed without the segment's vectors:
 * entries of 16 bytes, the first 12 of the id's SHA-256 and the row as a little-endian uint32, in order of their bytes.
 */
const HASH_BYTES = 12
const ENTRY_BYTES = 16

/** The index of a segment's ids, in the order of its rows. */
export function encodeIdIndex(ids: readonly string[]): Uint8Array {
  const entries = ids.map((id, row) => {
    const entry = Buffer.alloc(ENTRY_BYTES)
    hashOf(id).copy(entry)
    entry.writeUInt32LE(row, HASH_BYTES)
    return entry
  })
  return Uint8Array.from(Buffer.concat(entries.sort(Buffer.compare)))
}

function hashOf(id: string): Buffer {
  return createHash('sha256').update(id).digest().subarray(0, HASH_BYTES)
}

/** Hashes are spread evenly: one entry in 10^9 lies further than 6 standard deviations from its expected place. */
const DEVIATIONS = 6
/** Where the pieces to read would be more than this share of the index, all of it is read and its hash checked. */
const MOST_SHARE = 0.25

/**
 * The rows of a segment that have one of these ids. A few ids are looked up in pieces of the index where they must
 * lie; for many of them all of it is read and held against its hash.
 *
 * @throws AppError `artifact_missing`, `artifact_corrupt`, and as the store does
 */
export async function findRows(
  store: Store,
  name: string,
  { rows, ids: index }: SegmentEntry & Required<Pick<SegmentEntry, 'ids'>>,
  ids: ReadonlySet<string>,
  context: Context,
): Promise<number[]> {
  const wanted = [...ids].map(hashOf)
  const reach = Math.ceil(DEVIATIONS * Math.sqrt(rows) + 8)
  if (wanted.length * reach * 2 > rows * MOST_SHARE) {
    const bytes = Buffer.from(await readFile(store, name, index, context))
    return wanted.flatMap((hash) => rowIn(bytes, hash))
  }
  const found: number[] = []
  for (const hash of wanted) {
    const place = Math.floor((hash.readUInt32BE(0) / 2 ** 32) * rows)
    const [start, end] = [Math.max(0, place - reach), Math.min(rows, place + reach)]
    const range = { start: start * ENTRY_BYTES, end: end * ENTRY_BYTES }
    const piece = Buffer.from(await readRange(store, keyOf(name, index.key), range, context))
    const bytes = encloses(piece, hash, start > 0, end < rows)
      ? piece
      : Buffer.from(await readFile(store, name, index, context))
    found.push(...rowIn(bytes, hash))
  }
  return found
}

/** Whether a piece begins before a hash and ends behind it, where there is more on that side. */
function encloses(piece: Buffer, hash: Buffer, moreBefore: boolean, moreBehind: boolean): boolean {
  const last = piece.length - ENTRY_BYTES
  return (!moreBefore || compareAt(piece, 0, hash) < 0) && (!moreBehind || compareAt(piece, last, hash) > 0)
}

function compareAt(entries: Buffer, offset: number, hash: Buffer): number {
  return entries.compare(hash, 0, HASH_BYTES, offset, offset + HASH_BYTES)
}

/** The row of a hash by bisection; none when it is not there. */
function rowIn(entries: Buffer, hash: Buffer): number[] {
  let [low, high] = [0, entries.length / ENTRY_BYTES]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareAt(entries, middle * ENTRY_BYTES, hash) < 0) low = middle + 1
    else high = middle
  }
  const offset = low * ENTRY_BYTES
  if (offset >= entries.length || compareAt(entries, offset, hash) !== 0) return []
  return [entries.readUInt32LE(offset + HASH_BYTES)]
}
