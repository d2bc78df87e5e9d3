import type { InferOutput } from 'valibot'
import { AppError, invalid } from '../errors.ts'
import { vectorRevision } from '../models/catalog/manifest.ts'
import type { MatchOutcome } from '../services/match/match.ts'
import type { MatchRequest } from '../services/match/match-request.ts'
import type { MatchPlan } from '../services/match/plan.ts'
import { createTurns } from '../turns.ts'
import type { Answer } from './answer.ts'
import { nameDocuments } from './document-names.ts'
import { settleNumbers } from './exact-numbers.ts'
import type { Limits } from './limits.ts'
import { refuseLongVectors } from './long-lists.ts'
import { toDocument, toDocuments } from './match-documents.ts'
import { matchRequest } from './match-schemas.ts'
import { workHeaders } from './measurements.ts'
import { hidePaths } from './paths.ts'
import type { Call, RouteParts } from './route.ts'
import { validate } from './validate.ts'

type Body = InferOutput<typeof matchRequest>

/** The JSON of a result without scores of models and sections, `{"id":"0","index":0,"score":1,"models":{}},`. */
const LEAST_RESULT_BYTES = 43
/** `"":1,` beside the name of a model or section. */
const LEAST_SCORE_BYTES = 5

/**
 * Answers a body of `POST /match`, parsed by `parseExactJson`.
 *
 * @throws AppError `invalid_request` or `payload_too_large` that names the field, and what the match service throws
 */
export async function answerMatch(
  asked: unknown,
  { context }: Call,
  { match, defaultModel, limits }: RouteParts,
): Promise<Answer> {
  const named = nameDocuments(asked)
  refuseLongVectors(named)
  const body = validate(matchRequest, settleNumbers(named))
  const plan = await match.plan(await toRequest(body, defaultModel))
  const found = plan.collection === undefined ? plan.candidates.length : plan.topK
  const results = plan.queries.length * Math.min(plan.topK, found)
  refuseLarge(results * leastResultBytes(plan, body.weights !== undefined), limits)
  const outcome = await match.run(plan, context)
  const answer = describe(outcome, body.query !== undefined)
  return {
    body: answer,
    headers: workHeaders(outcome.work, outcome.unknown),
    write: () => write(answer, limits),
  }
}

/** What one result has at least: answers of which more than fit are asked for are refused before any work. */
function leastResultBytes({ models, sections, absent }: MatchPlan, weighted: boolean): number {
  const names = models.map(({ manifest }) => manifest.id)
  const scored = weighted ? [...sections.flatMap(({ name }) => name ?? []), ...absent] : []
  return [...names, ...scored].reduce(
    (bytes, name) => bytes + name.length + LEAST_SCORE_BYTES,
    LEAST_RESULT_BYTES,
  )
}

/** @throws AppError `payload_too_large` for an answer that could not be delivered */
function refuseLarge(bytes: number, { maxResponseBytes }: Limits): void {
  if (bytes <= maxResponseBytes) return
  throw new AppError(
    'payload_too_large',
    `The answer would have ${bytes} bytes or more; expected at most ${maxResponseBytes}; lower topK, or send fewer queries.`,
    { details: { field: 'topK', maxResponseBytes } },
  )
}

async function toRequest(body: Body, defaultModel: string): Promise<MatchRequest> {
  const { query, queries, candidates, model = defaultModel, filters, weights, ...rest } = body
  if ((query === undefined) === (queries === undefined)) {
    throw invalid(
      'query',
      'The body needs one of the fields query and queries; send query for one, queries for several.',
    )
  }
  const models = typeof model === 'string' ? [{ model, weight: 1 }] : model.ensemble
  return {
    ...rest,
    filters: filters && present(filters),
    weights: weights && present(weights),
    queries: queries ? await toDocuments('queries', queries) : [toDocument(query!, 0, 'query')],
    single: queries === undefined,
    ...(Array.isArray(candidates)
      ? { candidates: await toDocuments('candidates', candidates) }
      : { candidates: [], collection: candidates.collection }),
    models,
    fusion: typeof model === 'string' ? 'weighted' : model.fusion,
  }
}

/** The entries that are not null, which stands for absent. */
function present<Value>(record: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  const entries = Object.entries(record).filter((entry): entry is [string, Value] => entry[1] !== undefined)
  return Object.fromEntries(entries)
}

/**
 * The answer as JSON, written in turns: the results of many queries are many megabytes.
 *
 * @throws AppError `payload_too_large` as soon as it has more bytes than can be delivered
 */
async function write(
  { models, results, matches, ...others }: ReturnType<typeof describe>,
  limits: Limits,
): Promise<Buffer<ArrayBuffer>> {
  const turns = createTurns()
  const parts: Buffer[] = []
  let bytes = 0
  const push = (text: string) => {
    const part = Buffer.from(text)
    parts.push(part)
    bytes += part.byteLength
    refuseLarge(bytes, limits)
  }
  push(`{"models":${JSON.stringify(models)},${results ? '"results":' : '"matches":'}`)
  const lists = results ?? matches ?? []
  for (const [index, item] of lists.entries()) {
    push(`${index === 0 ? '[' : ','}${JSON.stringify(item)}`)
    await turns.rest()
  }
  push(`${lists.length === 0 ? '[]' : ']'},${JSON.stringify(others).slice(1)}`)
  return Buffer.concat(parts)
}

/** The results of a `query` stand alone; those of `queries` with the query of each. */
function describe(outcome: MatchOutcome, single: boolean) {
  const { plan, matches, excluded, collection, warnings, work, stages } = outcome
  return {
    models: plan.models.map(({ manifest, weight }) => ({
      model: manifest.id,
      revision: vectorRevision(manifest),
      precision: manifest.precision,
      weight,
    })),
    results: single ? matches[0]!.results : undefined,
    matches: single ? undefined : matches,
    excluded,
    ...(collection && { collection }),
    // One of them may be the error of a stage that was left out, such as a model that lies in none of the folders.
    warnings: warnings.map(hidePaths),
    usage: { tokens: work.tokens, truncated: work.truncated, unknown: outcome.unknown },
    timing: Object.fromEntries(
      Object.entries(stages).map(([name, ms]) => [`${name}Ms`, Math.round(ms * 1000) / 1000]),
    ),
  }
}
