import * as v from 'valibot'
import { AppError, invalid } from '../errors.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const part = { key: v.pipe(v.string(), v.regex(/^segments\/[\w.-]+$/)), bytes: count, sha256: hash }

const collectionManifest = v.strictObject({
  format: v.literal('serverless-embeddings/collection-1'),
  version: v.pipe(count, v.minValue(1)),
  /** What made the vectors. */
  model: v.strictObject({
    id: v.string(),
    revision: v.string(),
    precision: v.string(),
    dimensions: count,
    /** Of a learned model: a map of queries alone leaves these vectors as its base makes them. */
    learned: v.exactOptional(
      v.strictObject({
        side: v.picklist(['table', 'query', 'both', 'distilled']),
        base: v.string(),
        revision: v.string(),
      }),
    ),
  }),
  encoding: v.picklist(['float32', 'int8']),
  /** In the order of the rows. */
  segments: v.array(
    v.strictObject({
      ...part,
      rows: count,
      /** One bit a row, set for those that were removed. */
      removed: v.exactOptional(v.strictObject({ ...part, rows: count })),
      /** Which row has which id; without it the segment itself is read to find a row. */
      ids: v.exactOptional(v.strictObject(part)),
    }),
  ),
})

/** One version of a collection: which segments it consists of, and which of their rows count no more. */
export type CollectionManifest = v.InferOutput<typeof collectionManifest>

/** A model as sentences about collections have it: what was learned, of which base, and where it reads from. */
export function describeModel({ id, revision, precision, dimensions, learned }: CollectionModel): string {
  const side = learned && SIDES[learned.side]
  return `${id}@${revision} (${side ? `${side} ${learned.base}, ` : ''}${precision}, ${dimensions} dimensions)`
}

const SIDES = {
  table: 'a table learned on',
  distilled: 'distilled from',
  query: 'a map of queries behind',
  both: 'a map of all vectors behind',
} as const

/** A segment of a manifest. */
export type SegmentEntry = CollectionManifest['segments'][number]

/** The model that made a collection's vectors. */
export type CollectionModel = CollectionManifest['model']

const NAME = /^[A-Za-z0-9][\w.-]{0,99}$/

/**
 * Checks a collection's name, which becomes part of keys.
 *
 * @throws AppError `invalid_request`
 */
export function checkName(name: string): string {
  if (NAME.test(name)) return name
  throw invalid(
    'candidates.collection',
    `The name of a collection is ${JSON.stringify(name.slice(0, 100))}; expected letters, digits, ".", "_" and "-", 100 at most.`,
  )
}

/** Where a file of a collection lies in its store. */
export function keyOf(name: string, file: string): string {
  return `${checkName(name)}/${file}`
}

/** The key of one version. Their order is that of their numbers. */
export function versionKey(name: string, version: number): string {
  return keyOf(name, `versions/${String(version).padStart(10, '0')}.json`)
}

/** The number of the version at a key; `undefined` for another file. */
export function versionOf(key: string): number | undefined {
  const [, digits] = /\/versions\/(\d{10,15})\.json$/.exec(key) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** A file of a collection with what proves it. */
export interface FileEntry {
  readonly key: string
  readonly bytes: number
  readonly sha256: string
}

/** The files of a version. */
export function filesOf({ segments }: CollectionManifest): FileEntry[] {
  return segments.flatMap(({ key, bytes, sha256, removed, ids }) => [
    { key, bytes, sha256 },
    ...(removed ? [removed] : []),
    ...(ids ? [ids] : []),
  ])
}

/** How many rows of a version are not removed. */
export function liveRows({ segments }: CollectionManifest): number {
  return segments.reduce((sum, { rows, removed }) => sum + rows - (removed?.rows ?? 0), 0)
}

/**
 * Reads a version.
 *
 * @throws AppError `artifact_corrupt` that names the first wrong field
 */
export function parseCollectionManifest(text: string, key: string): CollectionManifest {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), collectionManifest), text, {
    abortEarly: true,
  })
  if (result.success) return result.output
  const [issue] = result.issues
  throw new AppError(
    'artifact_corrupt',
    `The collection manifest ${key} is wrong at ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}; go back to the last whole version with "npm run collections -- rollback", or build the collection again.`,
    { details: { key }, retryable: false },
  )
}
