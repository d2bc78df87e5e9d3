import { setTimeout as sleep } from 'node:timers/promises'
import { type Context, createContext, outOfTime, throwIfDone } from '../../context.ts'
import { invalid } from '../../errors.ts'
import { isBroken } from '../broken-text.ts'
import type { IndexWrite } from '../candidate-index.ts'
import { checkedRows } from '../checked-rows.ts'
import { noCollection, requireSameModel } from '../required.ts'
import type { CollectionRow } from '../write.ts'
import type { StoredVector, VectorBucket } from './client.ts'
import { type Entry, prepareList, readEntry, writeEntry } from './entry.ts'
import { gatherFields } from './field-summary.ts'
import { LIMITS } from './limits.ts'
import { type Lock, type LockTimes, withLock } from './lock.ts'
import { HIDDEN, isLive, keysOf, NAMES, toVector, WIDE } from './metadata.ts'
import { lockName, newIndexName, prefixOf, type S3VectorsPlace } from './place.ts'
import { createPutter } from './putter.ts'

/** What changes need. */
export interface WriteParts {
  readonly bucket: VectorBucket
  readonly place: S3VectorsPlace
  readonly times: LockTimes & {
    /** How long a reader may go by a version that is no longer the newest; a change waits until the last one is older. */
    readonly settleMs: number
  }
}

/** Broken changes that an index may have before it is to be compacted: each is part of every filter. */
const MOST_BROKEN = 10
/** Indexes of writers who were killed are deleted when they are older than this. */
const GRACE_MS = 24 * 60 * 60 * 1000
const CLEANING_MS = 30_000

/** Does a change alone: `work` gets the entry that it begins with, and answers the one that counts from then on. */
export async function change(
  { bucket, place, times }: WriteParts,
  name: string,
  context: Context,
  work: (before: Entry | undefined, lock: Lock) => Promise<Entry>,
): Promise<Entry> {
  await prepareList(bucket, place, context)
  return withLock(bucket, lockName(place, name), times, context, async (lock) => {
    const before = await readEntry(bucket, place, name, context)
    const after = await work(before, lock)
    await lock.confirm(context)
    await writeEntry(bucket, place, name, after, context)
    return after
  })
}

/** Builds a collection as an index of its own, which counts when all rows are in it. */
export async function buildRows(
  parts: WriteParts,
  name: string,
  rows: AsyncIterable<CollectionRow>,
  settings: IndexWrite,
  context: Context,
): Promise<Entry> {
  let before: Entry | undefined
  const after = await change(parts, name, context, async (found) => {
    before = found
    return buildInto(parts, name, rows, settings, context, found)
  })
  const { bucket, place } = parts
  await clean(bucket, place, name, after, before?.previous)
  return after
}

async function buildInto(
  { bucket, place }: WriteParts,
  name: string,
  rows: AsyncIterable<CollectionRow>,
  settings: IndexWrite,
  context: Context,
  before: Entry | undefined,
): Promise<Entry> {
  const { model } = settings
  if (model.dimensions > LIMITS.dimensions) {
    throw invalid(
      'model',
      `The model makes vectors of ${model.dimensions} numbers; Amazon S3 Vectors keeps ${LIMITS.dimensions} at most; ask the model for fewer dimensions, or keep the collection elsewhere.`,
    )
  }
  const index = newIndexName(place, name)
  await bucket.create(index, model.dimensions, HIDDEN, context)
  try {
    const putter = createPutter(bucket, index, context)
    const ids = new Set<string>()
    const gathered = gatherFields({})
    let [next, wide] = [0, 0]
    for await (const row of checkedRows(rows, settings, context)) {
      gathered.add(row.fields)
      ids.add(row.id)
      const vector = toVector(row, { key: keysOf(row.id)[0], place: next++, since: 0 })
      if (isWide(vector)) wide++
      await putter.push(vector)
    }
    await putter.end()
    const fields = gathered.summary()
    return {
      version: (before?.version ?? 0) + 1,
      index,
      ...(before && { previous: before.index }),
      model,
      rows: ids.size,
      ...{ visible: 0, started: 0, broken: [], next, wide, changedAt: Date.now() },
      ...(fields && { fields }),
    }
  } catch (error) {
    const last = createContext({ deadline: Date.now() + CLEANING_MS })
    await bucket.drop(index, last).catch(() => {})
    throw error
  }
}

/** Adds rows: written beside those that count, and counting all at once. */
export async function addToRows(
  parts: WriteParts,
  name: string,
  rows: AsyncIterable<CollectionRow>,
  settings: IndexWrite,
  context: Context,
): Promise<Entry> {
  return change(parts, name, context, async (before) => {
    if (!before) return buildInto(parts, name, rows, settings, context, before)
    requireSameModel(name, before.model, settings.model)
    const begun = await begin(parts, name, before, context)
    let { next, wide, rows: count } = begun
    const gathered = gatherFields(begun.fields)
    const putter = createPutter(parts.bucket, begun.index, context)
    for await (const batch of batchesOf(checkedRows(rows, settings, context), (row) => row.id)) {
      const places = await findPlaces(parts.bucket, begun, [...batch.keys()], context)
      for (const [id, row] of batch) {
        const { live, free } = places.get(id)!
        gathered.add(row.fields)
        const vector = toVector(row, { key: free, place: next++, since: begun.started })
        if (isWide(vector)) wide++
        if (live) await putter.push(takenOut(live, begun.started))
        else if (live === undefined) count++
        await putter.push(vector)
      }
      // The next batch may have an id again, and looks for its places.
      await putter.end()
    }
    const { fields: _, ...rest } = begun
    const fields = gathered.summary()
    return finished({ ...rest, next, wide, rows: count, ...(fields && { fields }) })
  })
}

/** Takes rows out: marked first, and gone all at once. */
export async function removeFromRows(
  parts: WriteParts,
  name: string,
  ids: ReadonlySet<string>,
  context: Context,
): Promise<Entry & { removed: number }> {
  let removed = 0
  const known = [...ids].filter((id) => Buffer.byteLength(id) <= LIMITS.idBytes && !isBroken(id))
  const after = await change(parts, name, context, async (before) => {
    if (!before) throw noCollection('The vector bucket of COLLECTIONS', name)
    const begun = await begin(parts, name, before, context)
    const putter = createPutter(parts.bucket, begun.index, context)
    for await (const batch of batchesOf(known, (id) => id)) {
      throwIfDone(context)
      const places = await findPlaces(parts.bucket, begun, [...batch.keys()], context)
      for (const { live } of places.values()) {
        if (!live) continue
        removed++
        await putter.push(takenOut(live, begun.started))
      }
    }
    await putter.end()
    return finished({ ...begun, rows: begun.rows - removed })
  })
  return { ...after, removed }
}

/** Says in the entry that a change of its index has begun, whose rows do not count until it is finished. */
async function begin(
  { bucket, place, times }: WriteParts,
  name: string,
  before: Entry,
  context: Context,
): Promise<Entry> {
  const { started, visible, broken, changedAt } = before
  // A change that was begun and not finished was broken off: its writer has the lock no more.
  const left = started > visible && !broken.includes(started) ? [...broken, started] : broken
  if (left.length > MOST_BROKEN) {
    throw invalid(
      'candidates.collection',
      `Collection ${name} has ${left.length} changes that were broken off; run "npm run collections -- compact --name ${name}", or build it again.`,
    )
  }
  const rest = Math.min(times.settleMs, changedAt + times.settleMs - Date.now())
  if (rest > 0)
    await sleep(rest, undefined, { signal: context.signal }).catch(() => {
      throw outOfTime(context)
    })
  const begun = { ...before, started: started + 1, broken: [...left] }
  await writeEntry(bucket, place, name, begun, context)
  return begun
}

function finished(begun: Entry): Entry {
  return { ...begun, version: begun.version + 1, visible: begun.started, changedAt: Date.now() }
}

function takenOut(live: StoredVector, by: number): StoredVector {
  return { ...live, metadata: { ...live.metadata, [NAMES.until]: by } }
}

function isWide({ metadata }: StoredVector): boolean {
  const terms = metadata[NAMES.terms]
  return Array.isArray(terms) && terms[0] === WIDE
}

/** Where the row of an id is, and where the next one goes. */
interface Places {
  /** The row that counts; `null` when this change has written one already. */
  readonly live: StoredVector | null | undefined
  readonly free: string
}

async function findPlaces(
  bucket: VectorBucket,
  begun: Entry,
  ids: readonly string[],
  context: Context,
): Promise<Map<string, Places>> {
  const keys = ids.flatMap(keysOf)
  const found = new Map(
    ((await bucket.get(begun.index, keys, context)) ?? []).map((vector) => [vector.key, vector]),
  )
  return new Map(
    ids.map((id): [string, Places] => {
      const [first, second] = keysOf(id)
      const rows = [found.get(first), found.get(second)]
      const own = rows.find((row) => row?.metadata[NAMES.since] === begun.started)
      if (own) return [id, { live: null, free: own.key }]
      const live = rows.find((row) => row && isLive(row.metadata, begun))
      return [id, { live, free: live?.key === first ? second : first }]
    }),
  )
}

/** Items by their ids, as many at a time as their two keys fit one question; the last one of an id counts. */
async function* batchesOf<T>(
  items: AsyncIterable<T> | Iterable<T>,
  idOf: (item: T) => string,
): AsyncGenerator<Map<string, T>> {
  let batch = new Map<string, T>()
  for await (const item of items) {
    batch.set(idOf(item), item)
    if (batch.size < LIMITS.read / 2) continue
    yield batch
    batch = new Map()
  }
  if (batch.size > 0) yield batch
}

/** Deletes the index before the last two, and old ones that killed writers have left. */
async function clean(
  bucket: VectorBucket,
  place: S3VectorsPlace,
  name: string,
  { index: newest, previous }: Entry,
  gone: string | undefined,
): Promise<void> {
  const context = createContext({ deadline: Date.now() + CLEANING_MS })
  const kept = [newest, previous, lockName(place, name)]
  try {
    for (const { index, madeAt } of await bucket.list(`${prefixOf(place, name)}-`, context)) {
      const isLeft = index === gone || Date.now() - madeAt > GRACE_MS
      if (isLeft && !kept.includes(index)) await bucket.drop(index, context)
    }
  } catch {
    // The next build tries again; the collection is whole without.
  }
}
