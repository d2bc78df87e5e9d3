import type { Context } from '../context.ts'
import type { Manifest } from '../models/catalog/manifest.ts'
import type { RowFilter } from './loaded.ts'
import type { CollectionModel } from './manifest.ts'
import type { CollectionRow, WriteSettings } from './write.ts'

/** What keeps and searches collections: this program, exactly, PostgreSQL with pgvector, or Amazon S3 Vectors. */
type EngineName = 'exact' | 'pgvector' | 's3vectors'

/** What is looked for in a collection. */
export interface CollectionQuery {
  readonly name: string
  /** The model of the queries; the vectors of the collection must be made by the same one. */
  readonly model: Manifest
  /** Of length 1. */
  readonly queries: readonly Float32Array[]
  /** Most rows for each query. */
  readonly count: number
  readonly filter?: RowFilter | undefined
}

/** A row that was found. */
export interface Found {
  readonly id: string
  readonly index: number
  readonly score: number
  readonly fields: Readonly<Record<string, unknown>>
}

/** What was found, best first, one list a query. */
export interface CollectionAnswer {
  readonly engine: EngineName
  /** Whether no better row can have been missed; an index of neighbours may miss some. */
  readonly exact: boolean
  readonly version: number
  readonly rows: number
  readonly found: readonly (readonly Found[])[]
  /** Rows that the filter left out; absent where the engine does not count them. */
  readonly excluded?: number | undefined
  /** Whether that number was reckoned from a sample of the rows. */
  readonly estimated?: boolean
  /** What the filter noticed. */
  readonly notes: readonly string[]
}

/** What is known of a collection without reading its rows. */
export interface IndexInfo {
  /** Grows by one with each change. */
  readonly version: number
  readonly model: CollectionModel
  /** Rows that count. */
  readonly rows: number
}

/** The part of what an engine keeps of a collection that everybody may know. */
export function infoOf({ version, model, rows }: IndexInfo): IndexInfo {
  return { version, model, rows }
}

/** A collection as lists show it. */
export interface NamedInfo extends IndexInfo {
  readonly name: string
}

/** A collection with its rows; vectors as the engine keeps them, which may be shorter numbers than those that came. */
interface CollectionContent extends IndexInfo {
  readonly content: AsyncIterable<CollectionRow>
}

/** What every engine is told when rows are written. */
export type IndexWrite = Pick<WriteSettings, 'model' | 'repeatedIds'>

/**
 * Collections of one place, by name, whichever engine keeps them. A change is whole or not there: who searches sees the
 * version before it until it is complete. The exact engine is the reference that the others are measured against.
 *
 * All throw AppError `invalid_request` for what the caller can correct (another model, a vector of another width, an id
 * that occurs twice, a collection that is not there) and `upstream_failed` when the place does not answer.
 */
export interface CandidateIndex {
  readonly engine: EngineName
  find(query: CollectionQuery, context: Context): Promise<CollectionAnswer>
  /** Writes rows as a collection of their own, or in the place of one. */
  build(
    name: string,
    rows: AsyncIterable<CollectionRow>,
    settings: IndexWrite,
    context: Context,
  ): Promise<IndexInfo>
  /** Adds rows; one whose id is there takes the place of the old one. */
  add(
    name: string,
    rows: AsyncIterable<CollectionRow>,
    settings: IndexWrite,
    context: Context,
  ): Promise<IndexInfo>
  /** Takes rows out; ids that are not there are passed over. */
  remove(name: string, ids: ReadonlySet<string>, context: Context): Promise<IndexInfo & { removed: number }>
  /** `undefined` when there is no such collection. */
  info(name: string, context: Context): Promise<IndexInfo | undefined>
  /**
   * The rows of the newest version one by one, in an order of the engine's own. Changes meanwhile may show in part: who
   * needs one version compares `version` with that of `info` at the end.
   */
  read(name: string, context: Context): Promise<CollectionContent>
  /** All collections, by name. */
  list(context: Context): Promise<readonly NamedInfo[]>
  /** Deletes a collection with all its rows; `false` when there was none. */
  drop(name: string, context: Context): Promise<boolean>
  close(): Promise<void>
}
