import type { Context } from '../../context.ts'
import { AppError, invalid } from '../../errors.ts'
import { inLanes } from '../../lanes.ts'
import type { CollectionAnswer, CollectionQuery, Found } from '../candidate-index.ts'
import type { RowFilter } from '../loaded.ts'
import { requireModel } from '../required.ts'
import { byScore } from '../rows.ts'
import type { VectorBucket } from './client.ts'
import type { Entry } from './entry.ts'
import { judgeSummary } from './field-summary.ts'
import { type FilterPlan, planFilter } from './filter.ts'
import { LIMITS } from './limits.ts'
import { fromMetadata, numbersOf } from './metadata.ts'

/** Queries that are asked at the same time; an index takes hundreds a second. */
const LANES = 8
/** Where found rows are judged again, so many times the rows that are wanted are asked for first, and no fewer than these. */
const MORE = 4
const LEAST_JUDGED = 100

/**
 * Searches one version of a collection.
 *
 * @throws AppError `invalid_request` for another model, or more rows than the service gives
 */
export async function findIn(
  bucket: VectorBucket,
  entry: Entry,
  { name, model, queries, count, filter }: CollectionQuery,
  context: Context,
): Promise<CollectionAnswer> {
  requireModel(name, entry.model, model)
  if (count > LIMITS.top) {
    throw invalid(
      'top_k',
      `The query asks for ${count} rows; Amazon S3 Vectors gives ${LIMITS.top} at most; ask for fewer.`,
    )
  }
  const plan = planFilter(conditionsOf(filter), entry)
  const found: Found[][] = queries.map(() => [])
  let short = false
  if (!plan.none && count > 0 && entry.rows > 0) {
    await inLanes(queries.length, LANES, context, async (query, inner) => {
      const near = await findNear({ bucket, entry, plan, filter, count }, queries[query]!, inner)
      found[query] = near.found
      short ||= near.short
    })
  }
  const notes = filter && entry.rows > 0 ? notesOf(entry, filter) : []
  if (short) notes.push(shortNote(name))
  const { version, rows } = entry
  return { engine: 's3vectors', exact: false, version, rows, found, notes }
}

function conditionsOf(filter: RowFilter | undefined) {
  if (filter && !filter.conditions)
    throw new AppError('internal', 'A filter that is a function alone cannot be asked in S3 Vectors.')
  return filter?.conditions ?? {}
}

/** What one query is searched with. */
interface Search {
  readonly bucket: VectorBucket
  readonly entry: Entry
  readonly plan: FilterPlan
  readonly filter: RowFilter | undefined
  readonly count: number
}

/** Asks for as many rows as may be needed, and once more for all that the service gives when too few of them fit. */
async function findNear(search: Search, query: Float32Array, context: Context) {
  const { plan, count } = search
  const first = plan.whole ? count : Math.min(LIMITS.top, Math.max(LEAST_JUDGED, MORE * count))
  const { found, seen } = await judgeNear(search, query, first, context)
  if (found.length === count || seen < first) return { found, short: false }
  if (first === LIMITS.top) return { found, short: true }
  const all = await judgeNear(search, query, LIMITS.top, context)
  return { found: all.found, short: all.found.length < count && all.seen === LIMITS.top }
}

/** The nearest rows that the filter keeps, page by page until there are enough. */
async function judgeNear(
  { bucket, entry, plan, filter, count }: Search,
  query: Float32Array,
  top: number,
  context: Context,
): Promise<{ found: Found[]; seen: number }> {
  const found: Found[] = []
  const vector = numbersOf(query)
  let seen = 0
  for (let next: string | undefined, more = true; more; more = next !== undefined && found.length < count) {
    const page = await bucket.query(entry.index, { vector, top, filter: plan.filter, next }, context)
    for (const { distance, metadata } of page.vectors) {
      seen++
      const row = fromMetadata(metadata)
      if (!filter || filter.keeps(row.fields)) found.push({ ...row, score: 1 - distance })
    }
    next = page.next
  }
  return { found: found.sort(byScore).slice(0, count), seen }
}

function notesOf({ fields }: Entry, filter: RowFilter): string[] {
  judgeSummary(fields, filter)
  return [...(filter.notes?.() ?? [])]
}

function shortNote(name: string): string {
  return `Amazon S3 Vectors gives the ${LIMITS.top} nearest rows, of which fewer than were asked for fit the filters; collection ${name} may have more that do. Filters on places, on whole numbers beyond 2^53, on many values at once, and on rows with more than 2 kB of values are judged after the search.`
}
