import type { InferOutput } from 'valibot'
import { AppError } from '../errors.ts'
import type { FieldValue, MatchDocument } from '../services/match/document.ts'
import type { MatchRequest } from '../services/match/plan.ts'
import type { MatchOutcome } from '../services/match.ts'
import { readJson } from './body.ts'
import { nativeDialect } from './errors.ts'
import { matchRequest } from './match-schemas.ts'
import type { Call, Route, RouteParts } from './route.ts'
import { validate } from './validate.ts'

type Body = InferOutput<typeof matchRequest>
type DocumentField = Extract<Body['candidates'], unknown[]>[number]

/** Most candidates of one request; a collection holds more. */
const MAX_CANDIDATES = 1000

/** `POST /match`. */
export function matchRoute({ match, defaultModel, limits }: RouteParts): Route {
  return {
    method: 'POST',
    path: '/match',
    dialect: nativeDialect,
    async answer({ request, context }: Call) {
      const body = validate(matchRequest, await readJson(request, limits.maxBodyBytes))
      const outcome = await match.run(match.plan(toRequest(body, defaultModel)), context)
      return Response.json(describe(outcome, body.query !== undefined))
    },
  }
}

function toRequest(body: Body, defaultModel: string): MatchRequest {
  const { query, queries, candidates, model = defaultModel, ...rest } = body
  if ((query === undefined) === (queries === undefined)) {
    throw invalid(
      'query',
      'The body needs one of the fields query and queries; send query for one, queries for several.',
    )
  }
  const models = typeof model === 'string' ? [{ model, weight: 1 }] : model.ensemble
  return {
    ...rest,
    queries: toDocuments('queries', queries ?? [query!]),
    ...(Array.isArray(candidates)
      ? { candidates: toDocuments('candidates', candidates) }
      : { candidates: [], collection: candidates.collection }),
    models,
    fusion: typeof model === 'string' ? 'weighted' : model.fusion,
  }
}

function toDocuments(field: string, documents: readonly DocumentField[]): MatchDocument[] {
  if (documents.length === 0)
    throw invalid(field, `The field ${field} is an empty list; expected at least one.`)
  if (documents.length > MAX_CANDIDATES) {
    throw new AppError(
      'payload_too_large',
      `The field ${field} has ${documents.length} items; expected at most ${MAX_CANDIDATES}; split them over several requests.`,
      { details: { field, max: MAX_CANDIDATES } },
    )
  }
  return documents.map((document, index) => toDocument(document, index))
}

/** A document without an id is known by its position. */
function toDocument(document: DocumentField, index: number): MatchDocument {
  if (typeof document === 'string') return { id: String(index), index, fields: { text: document } }
  const { id = String(index), vector, ...fields } = document
  return {
    id: String(id),
    index,
    fields: fields as Record<string, FieldValue>,
    vector: vector && Float32Array.from(vector),
  }
}

function describe(outcome: MatchOutcome, single: boolean): object {
  const { plan, matches, excluded, collection, warnings, tokens, stages } = outcome
  return {
    models: plan.models.map(({ manifest: { id, revision, precision }, weight }) => ({
      model: id,
      revision,
      precision,
      weight,
    })),
    ...(single ? { results: matches[0]!.results } : { matches }),
    excluded,
    ...(collection && { collection }),
    warnings,
    usage: { tokens },
    timing: Object.fromEntries(
      Object.entries(stages).map(([name, ms]) => [`${name}Ms`, Math.round(ms * 1000) / 1000]),
    ),
  }
}

function invalid(field: string, message: string): AppError {
  return new AppError('invalid_request', message, { details: { field } })
}
