import type { CandidateIndex, CollectionAnswer } from '../../collections/candidate-index.ts'
import type { RowFilter } from '../../collections/loaded.ts'
import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { createTurns, type Turns } from '../../turns.ts'
import { createMatrix, rowOf } from '../../vector/matrix.ts'
import { normalizeRows } from '../../vector/normalize.ts'
import { joinTexts, type MatchDocument, textsOf, toDocument } from './document.ts'
import { createFilterJudge, type Filters } from './filters.ts'
import type { QueryScores } from './outcome.ts'
import type { MatchPlan } from './plan.ts'
import type { EmbedTexts } from './recall.ts'
import { redactDocument } from './redact.ts'
import { redactWarnings } from './redact-warnings.ts'

/** One query with what it was compared with. */
export interface QueryRecall {
  readonly query: MatchDocument
  /** Those of the request, or the rows of a collection that were found for this query. */
  readonly candidates: readonly MatchDocument[]
  /** By model. */
  readonly recalled: readonly QueryScores[]
}

/** What a match found in a collection, before it is ranked. */
export interface CollectionRecall {
  readonly queries: readonly QueryRecall[]
  readonly collection: {
    readonly name: string
    readonly version: number
    readonly rows: number
    /** Absent where the engine does not count them. */
    readonly excluded?: number
    /** Whether that number was reckoned from a sample of the rows. */
    readonly estimated?: boolean
    /** What searched it, and whether no better row can have been missed. */
    readonly engine: CollectionAnswer['engine']
    readonly exact: boolean
  }
}

/**
 * Recalls the best rows of the plan's collection for each query: as many as the later stages need.
 *
 * @param warnings hears what is wrong with the filters, going by all rows
 * @throws AppError as `CandidateIndex.find` does; `invalid_request` when this deployment has no collections
 */
export async function recallFromCollection(
  plan: MatchPlan,
  collections: Pick<CandidateIndex, 'find'> | undefined,
  embed: EmbedTexts,
  context: Context,
  warnings: string[],
): Promise<CollectionRecall> {
  const name = plan.collection!
  if (!collections) throw noCollections(name)
  const model = plan.models[0]!.manifest
  const answer = await collections.find(
    {
      name,
      model,
      queries: await queryVectors(plan, embed),
      count: Math.max(plan.topK, plan.rerank?.top ?? 0, plan.judge?.top ?? 0),
      filter: filterOf(plan.filters),
    },
    context,
  )
  const { version, rows, excluded, estimated, notes, engine, exact } = answer
  warnings.push(...notes, ...(await redactNotes(plan, answer)))
  const queries: QueryRecall[] = []
  const turns = createTurns()
  for (const query of plan.queries.keys()) queries.push(await toQueryRecall(plan, answer, query, turns))
  const counted = { ...(excluded !== undefined && { excluded }), ...(estimated && { estimated }) }
  return { queries, collection: { name, version, rows, ...counted, engine, exact } }
}

async function queryVectors(plan: MatchPlan, embed: EmbedTexts): Promise<Float32Array[]> {
  const texts = plan.queries.filter(({ vector }) => !vector).map((query) => joinTexts(textsOf(query)))
  const embedded =
    texts.length > 0 ? await embed(texts, plan.models[0]!.manifest.id, plan.roles.query) : createMatrix(0, 0)
  let next = 0
  return plan.queries.map(({ vector }) => (vector ? toUnit(vector) : rowOf(embedded, next++)))
}

function toUnit(vector: Float32Array): Float32Array {
  const unit = { data: Float32Array.from(vector), rows: 1, columns: vector.length }
  normalizeRows(unit)
  return unit.data
}

function filterOf(filters: Filters): RowFilter | undefined {
  if (Object.keys(filters).length === 0) return undefined
  const judge = createFilterJudge(filters)
  return {
    key: JSON.stringify(filters),
    conditions: filters,
    keeps: (fields) => judge.exclusionOf({ fields: fields as MatchDocument['fields'] }) === undefined,
    notes: judge.warnings,
  }
}

/**
 * What `redact` cannot do, and which of its fields were not found. Only the queries and the rows that were found are
 * looked at.
 */
async function redactNotes(
  { redact, asked, collection }: MatchPlan,
  { found }: CollectionAnswer,
): Promise<string[]> {
  if (!redact) return []
  const rows = found.flat().map(toDocument)
  return [
    `The vectors of the collection ${collection} were made before: redact changes the queries, and what is reranked and explained; drop from the rows what must not count, and build the collection of them.`,
    ...(await redactWarnings(
      redact,
      [...asked, ...rows],
      'no query has it, nor any of the rows that were found',
    )),
  ]
}

async function toQueryRecall(
  plan: MatchPlan,
  { found }: CollectionAnswer,
  query: number,
  turns: Turns,
): Promise<QueryRecall> {
  const rows = found[query]!
  const candidates: MatchDocument[] = []
  for (const row of rows) {
    const document = toDocument(row)
    candidates.push(plan.redact ? await redactDocument(document, plan.redact, turns) : document)
  }
  const scores = Float64Array.from(rows, ({ score }) => score)
  return {
    query: plan.queries[query]!,
    candidates,
    recalled: [{ scores, sections: [] }],
  }
}

function noCollections(name: string): AppError {
  return new AppError(
    'invalid_request',
    `There is no collection ${name}: this deployment has no collections; set COLLECTIONS to their directory or s3://bucket/prefix.`,
    { details: { field: 'candidates.collection', collection: name } },
  )
}
