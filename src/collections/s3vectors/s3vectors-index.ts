import { type Context, throwIfDone } from '../../context.ts'
import { type CandidateIndex, type IndexInfo, infoOf } from '../candidate-index.ts'
import { checkName } from '../manifest.ts'
import { noCollection } from '../required.ts'
import { type ClientOptions, openVectorBucket } from './client.ts'
import { compactRows } from './compact.ts'
import { dropRows } from './drop.ts'
import { type Entry, listEntries, readEntry } from './entry.ts'
import { findIn } from './find.ts'
import type { LockTimes } from './lock.ts'
import { parseS3Vectors } from './place.ts'
import { kindOf } from './problems.ts'
import { readRows } from './read.ts'
import { addToRows, buildRows, removeFromRows } from './write.ts'

/** Collections in Amazon S3 Vectors. */
export interface S3VectorsIndex extends CandidateIndex {
  /** Deletes the rows that count no more. Throws AppError `invalid_request` when there is no such collection. */
  compact(name: string, context: Context): Promise<IndexInfo & { deleted: number }>
}

/** For tests: another server, and shorter times. */
export interface S3VectorsOptions extends ClientOptions {
  readonly times?: Partial<LockTimes> & { readonly settleMs?: number }
  /** How long a version counts as the newest before the list is read again. */
  readonly freshMs?: number
}

/** A writer says every 8 s that it lives; another one waits for it for a quarter of an hour. */
const TIMES = { leaseMs: 32_000, patienceMs: 15 * 60_000, settleMs: 5000 }
const FRESH_MS = 1000

/**
 * Collections in a vector bucket. Nothing is asked before the first question. A build fills an index of its own; rows that
 * are added or taken out are numbered by their change; one entry says which index and which changes count, and is
 * replaced as a whole: a writer who is killed leaves nothing that anybody sees.
 *
 * @param place `s3vectors://bucket/index`
 * @throws AppError `invalid_request` for a place that is none
 */
export function createS3VectorsIndex(place: string, options: S3VectorsOptions = {}): S3VectorsIndex {
  const where = parseS3Vectors(place)
  const bucket = openVectorBucket(where, options)
  const parts = { bucket, place: where, times: { ...TIMES, ...options.times } }
  const { freshMs = FRESH_MS } = options
  const newest = new Map<string, { readonly entry: Entry; readonly until: number }>()
  const newestOf = async (name: string, context: Context) => {
    throwIfDone(context)
    const known = newest.get(name)
    if (known && Date.now() < known.until) return known.entry
    const entry = await readEntry(bucket, where, checkName(name), context)
    if (!entry) throw noCollection('The vector bucket of COLLECTIONS', name)
    newest.set(name, { entry, until: Date.now() + freshMs })
    return entry
  }
  return {
    engine: 's3vectors',
    close: bucket.close,
    async find(query, context) {
      const search = async () => findIn(bucket, await newestOf(query.name, context), query, context)
      return search().catch((error) => {
        if (!kindOf(error).startsWith('NotFound')) throw error
        // Two builds have deleted the index meanwhile.
        newest.delete(query.name)
        return search()
      })
    },
    build: async (name, rows, settings, context) =>
      infoOf(await buildRows(parts, checkName(name), rows, settings, context)),
    add: async (name, rows, settings, context) =>
      infoOf(await addToRows(parts, checkName(name), rows, settings, context)),
    async remove(name, ids, context) {
      const { removed, ...entry } = await removeFromRows(parts, checkName(name), ids, context)
      return { ...infoOf(entry), removed }
    },
    async compact(name, context) {
      const { deleted, ...entry } = await compactRows(parts, checkName(name), context)
      return { ...infoOf(entry), deleted }
    },
    async list(context) {
      const entries = await listEntries(bucket, where, context)
      return entries.map(({ name, ...entry }) => ({ name, ...infoOf(entry) }))
    },
    async drop(name, context) {
      newest.delete(name)
      return dropRows(parts, checkName(name), context)
    },
    async info(name, context) {
      const entry = await readEntry(bucket, where, checkName(name), context)
      return entry && infoOf(entry)
    },
    async read(name, context) {
      const entry = await readEntry(bucket, where, checkName(name), context)
      if (!entry) throw noCollection('The vector bucket of COLLECTIONS', name)
      return { ...infoOf(entry), content: readRows(bucket, entry, context) }
    },
  }
}
