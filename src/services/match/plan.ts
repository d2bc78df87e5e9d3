import { AppError, invalid } from '../../errors.ts'
import type { Manifest } from '../../models/catalog/manifest.ts'
import { requireTask } from '../../models/catalog/task.ts'
import type { Fusion } from '../../ranking/fusion.ts'
import { createTurns } from '../../turns.ts'
import type { JudgePlan, JudgeService } from '../judge/judge.ts'
import { requireComparing } from '../rerank.ts'
import { requireComparable, requireExplainable, requireFewConditions } from './bounds.ts'
import { hasText, type MatchDocument, skillsOf } from './document.ts'
import type { Filters } from './filters.ts'
import type { Exclusion, MatchRequest, Section } from './match-request.ts'
import { prepareDocuments } from './prepare.ts'

/** A weight says how much more one thing counts than another: beyond this it is a mistake. */
export const MOST_WEIGHT = 1_000_000

/** Results from a collection when the request does not say how many. */
const COLLECTION_TOP_K = 10

/** One model of an ensemble. */
export interface WeightedModel {
  readonly manifest: Manifest
  readonly weight: number
}

/** What will be done, decided before any of it. */
export interface MatchPlan {
  /** The queries as they were sent, for what is said of them. */
  readonly asked: readonly MatchDocument[]
  readonly queries: readonly MatchDocument[]
  /** What the filters let through. */
  readonly candidates: readonly MatchDocument[]
  readonly excluded: readonly Exclusion[]
  readonly collection: string | undefined
  /** For the rows of a collection; given candidates are filtered by now. */
  readonly filters: Filters
  /** Fields to drop: as they were asked for, by their names as `foldName` makes them. */
  readonly redact: ReadonlyMap<string, string> | undefined
  readonly models: readonly WeightedModel[]
  /** Those that some document has, at least one. */
  readonly sections: readonly Section[]
  /** Names of weighted sections that no document has: they are not compared, and told as null. */
  readonly absent: readonly string[]
  readonly fusion: Fusion
  readonly topK: number
  readonly threshold: number
  readonly rerank: { readonly manifest: Manifest; readonly top: number } | undefined
  readonly judge: JudgePlan | undefined
  readonly explain: boolean
  readonly roles: { readonly query: string; readonly candidate: string }
  readonly deterministic: boolean
  /** What the request asks for and cannot have, such as a field that no document has; in sentences. */
  readonly warnings: readonly string[]
}

/**
 * Decides a match. Filters come first: what they leave out costs no inference.
 *
 * @param resolve finds a model by id or alias
 * @param judge absent where there are no language models
 * @throws AppError `invalid_request` or `unsupported_task` that names the field; whatever `resolve` throws
 */
export async function planMatch(
  request: MatchRequest,
  resolve: (model: string) => Manifest,
  judge?: Pick<JudgeService, 'plan'>,
): Promise<MatchPlan> {
  requireUniqueIds('queries', request.queries)
  requireUniqueIds('candidates', request.candidates)
  if (request.collection !== undefined) requirePlainModel(request)
  const models = planModels(request.models, resolve)
  const rerank = request.rerank && {
    manifest: named('rerank.model', () => resolve(request.rerank!.model)),
    top: request.rerank.top,
  }
  if (rerank) requireComparing(rerank.manifest, 'rerank.model')
  requireWeights(
    'model.ensemble',
    models.map(({ weight }) => weight),
  )
  requireFewConditions(request.filters ?? {})
  const documents = await prepareDocuments(request, planSections(request.weights))
  const { queries, candidates, sections } = documents
  requireComparable(models.length * sections.length, queries.length, candidates.length)
  const topK =
    request.topK ?? (request.collection === undefined ? Number.POSITIVE_INFINITY : COLLECTION_TOP_K)
  if (request.explain) {
    const found = request.collection === undefined ? candidates.length : topK
    requireExplainable(queries.length, countSkills(queries), Math.min(topK, found))
  }
  const plan = {
    ...documents,
    collection: request.collection,
    filters: request.filters ?? {},
    models,
    fusion: request.fusion,
    topK,
    threshold: request.threshold ?? Number.NEGATIVE_INFINITY,
    rerank,
    judge: planJudge(request, judge),
    explain: request.explain ?? false,
    roles: { query: request.role ?? 'query', candidate: request.role ?? 'document' },
    deterministic: request.deterministic ?? false,
  }
  await requireContents(plan, (index) => (request.single ? 'query' : `queries[${index}]`))
  return plan
}

/** @throws AppError `runtime_missing` where there are no language models, and as the judge does */
function planJudge(
  request: MatchRequest,
  judge: Pick<JudgeService, 'plan'> | undefined,
): JudgePlan | undefined {
  if (!request.judge) return undefined
  if (request.queries.some(({ vector }) => vector) || request.candidates.some(({ vector }) => vector)) {
    throw invalid('judge', 'A judge reads texts; leave judge out, or send texts instead of vectors.')
  }
  if (judge) return judge.plan(request.judge)
  throw new AppError(
    'runtime_missing',
    'This service has no language models that could judge; leave judge out.',
    {
      details: { field: 'judge' },
    },
  )
}

/** Each document brings something to compare. */
async function requireContents(plan: MatchPlan, queryAt: (index: number) => string): Promise<void> {
  const turns = createTurns()
  for (const query of plan.queries) {
    requireContent(queryAt(query.index), query, plan)
    await turns.rest()
  }
  for (const candidate of plan.candidates) {
    requireContent(`candidates[${candidate.index}]`, candidate, plan)
    await turns.rest()
  }
}

function planModels(models: MatchRequest['models'], resolve: (model: string) => Manifest): WeightedModel[] {
  const planned: WeightedModel[] = []
  models.forEach(({ model, weight }, index) => {
    const field = models.length === 1 ? 'model' : `model.ensemble[${index}].model`
    const manifest = named(field, () => resolve(model))
    requireVectors(manifest, field)
    const first = planned.findIndex((other) => other.manifest === manifest)
    if (first >= 0) {
      throw invalid(
        field,
        `The model ${manifest.id} of ${field} is also that of model.ensemble[${first}]; give it once, with the sum of the weights.`,
      )
    }
    planned.push({ manifest, weight })
  })
  return planned
}

/** Adds to an error of a look-up which field of the request it speaks of. */
function named<Result>(field: string, lookUp: () => Result): Result {
  try {
    return lookUp()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new AppError(error.code, error.message, { details: { ...error.details, field }, cause: error })
  }
}

function requireVectors(manifest: Manifest, field: string): void {
  const remedy =
    manifest.task === 'rerank'
      ? 'name it in rerank.model, to order what another model found'
      : 'GET /models lists them'
  requireTask(manifest, ['embed'], `expected one that makes vectors; ${remedy}`, field)
}

/** Vectors of a collection are those of whole documents by one model. */
function requirePlainModel({ models, weights }: MatchRequest): void {
  if (models.length > 1) {
    throw invalid('model', 'A collection is of one model; name that one instead of an ensemble.')
  }
  if (weights) {
    throw invalid('weights', 'A collection holds whole documents; leave weights out, or send the candidates.')
  }
}

function planSections(weights: MatchRequest['weights']): Section[] {
  if (!weights) return [{ name: undefined, weight: 1 }]
  const sections = Object.entries(weights).map(([name, weight]) => ({ name, weight }))
  requireWeights(
    'weights',
    sections.map(({ weight }) => weight),
  )
  return sections.filter(({ weight }) => weight > 0)
}

function countSkills(queries: readonly MatchDocument[]): number {
  return queries.reduce((sum, query) => sum + skillsOf(query).length, 0)
}

function requireWeights(field: string, weights: readonly number[]): void {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (total > 0 && weights.every(isWeight)) return
  throw invalid(
    field,
    `The weights of ${field} are ${weights.join(', ') || 'none'}; expected numbers of at least 0 and at most ${MOST_WEIGHT} that sum to more than 0.`,
  )
}

function isWeight(weight: number): boolean {
  return weight >= 0 && weight <= MOST_WEIGHT
}

function requireUniqueIds(field: string, documents: readonly MatchDocument[]): void {
  const seen = new Map<string, number>()
  for (const { id, index } of documents) {
    const first = seen.get(id)
    if (first !== undefined) {
      throw invalid(
        `${field}[${index}].id`,
        `The id "${id}" of ${field}[${index}] is also that of ${field}[${first}]; give each its own.`,
      )
    }
    seen.set(id, index)
  }
}

/** A document must bring something to compare: text, or a vector as wide as the only model's. */
function requireContent(at: string, document: MatchDocument, { models, sections }: MatchPlan): void {
  if (document.vector) {
    const [model, ...others] = models
    if (others.length > 0 || sections[0]!.name !== undefined) {
      throw invalid(
        `${at}.vector`,
        `${at} is a vector, which only one model without weights can compare; send text.`,
      )
    }
    const { id, dimensions } = model!.manifest
    if (document.vector.length === dimensions) return
    throw invalid(
      `${at}.vector`,
      `The vector of ${at} has ${document.vector.length} values; expected ${dimensions}, as model ${id} makes them.`,
    )
  }
  if (sections.some(({ name }) => hasText(document, name))) return
  const wanted =
    sections[0]!.name === undefined ? 'a text' : `a text in ${sections.map(({ name }) => name).join(', ')}`
  throw new AppError('empty_input', `${at} has nothing to compare; expected ${wanted}.`, {
    details: { field: at },
  })
}
