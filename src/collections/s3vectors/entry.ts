import * as v from 'valibot'
import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { CollectionModel } from '../manifest.ts'
import type { StoredVector, VectorBucket } from './client.ts'
import type { S3VectorsPlace } from './place.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const entrySchema = v.object({
  version: count,
  /** The index that has the rows, and the one before the last build, for those who search it still. */
  index: v.string(),
  previous: v.exactOptional(v.string()),
  rows: count,
  model: v.custom<CollectionModel>(
    (value) => typeof value === 'object' && value !== null && 'dimensions' in value && 'revision' in value,
  ),
  /** Changes of the index are numbered: those up to `visible` count, except the ones that were broken off. */
  visible: count,
  started: count,
  broken: v.array(count),
  /** The place among all rows of the next one that is written. */
  next: count,
  /** Rows with more values than filters of the service can see. */
  wide: count,
  /** What kinds of values each field has, for sentences about filters; `undefined` when there are too many fields. */
  fields: v.exactOptional(v.record(v.string(), v.string())),
  changedAt: v.number(),
})

/** The newest version of a collection: which index has it, and which of the index's rows count. */
export type Entry = v.InferOutput<typeof entrySchema>

const KEY = 'entry'

/** The metadata that a row keeps beside its fields, out of the reach of filters. */
const HIDDEN = [KEY]

/**
 * The entry of a collection in the list of the place, which is an index as well: a row of it is replaced as a whole.
 *
 * @returns `undefined` when there is no such collection
 * @throws AppError `artifact_corrupt` for an entry that this program has not written
 */
export async function readEntry(
  bucket: VectorBucket,
  { index }: S3VectorsPlace,
  name: string,
  context: Context,
): Promise<Entry | undefined> {
  const [row] = (await bucket.get(index, [name], context)) ?? []
  if (!row) return undefined
  return parseEntry(index, name, row)
}

function parseEntry(index: string, name: string, row: StoredVector): Entry {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), entrySchema), row.metadata[KEY])
  if (read.success) return read.output
  throw new AppError(
    'artifact_corrupt',
    `The entry of collection ${name} in the index ${index} is not as it was written; build the collection again.`,
    { retryable: false },
  )
}

/** The entries of all collections, by name; none where nothing was built yet. */
export async function listEntries(
  bucket: VectorBucket,
  { index }: S3VectorsPlace,
  context: Context,
): Promise<readonly (Entry & { readonly name: string })[]> {
  if ((await bucket.get(index, ['-'], context)) === undefined) return []
  const entries: (Entry & { readonly name: string })[] = []
  for (let next: string | undefined, more = true; more; more = next !== undefined) {
    const page = await bucket.page(index, next, context)
    for (const row of page.vectors) entries.push({ name: row.key, ...parseEntry(index, row.key, row) })
    next = page.next
  }
  return entries.sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Makes an entry the newest version of a collection. */
export async function writeEntry(
  bucket: VectorBucket,
  { index }: S3VectorsPlace,
  name: string,
  entry: Entry,
  context: Context,
): Promise<void> {
  const metadata = { [KEY]: JSON.stringify(entry) }
  await bucket.put(index, [{ key: name, data: [1], metadata }], context)
}

/** Has the list of the place there. */
export async function prepareList(
  bucket: VectorBucket,
  { index }: S3VectorsPlace,
  context: Context,
): Promise<void> {
  if ((await bucket.get(index, ['-'], context)) === undefined) await bucket.create(index, 1, HIDDEN, context)
}
