import type { InferOutput } from 'valibot'
import { AppError } from '../errors.ts'
import { orderOf } from '../ranking/fusion.ts'
import { unknownPlaces, unknownWarnings } from '../services/unknown.ts'
import type { Encoding } from '../vector/encoding.ts'
import type { Matrix } from '../vector/matrix.ts'
import { readJson } from './body.ts'
import { type COHERE_TYPES, cohereEmbedRequest, cohereRerankRequest } from './cohere-schemas.ts'
import { cohereDialect } from './errors.ts'
import { toTexts } from './inputs.ts'
import { refuseLargeAnswer } from './limits.ts'
import {
  measurementHeaders,
  scoreHeaders,
  scoreWarnings,
  truncationHeader,
  truncationWarnings,
} from './measurements.ts'
import type { Call, Route, RouteParts } from './route.ts'
import { encodeInTurns, respondInTurns } from './turns.ts'
import { validate } from './validate.ts'

/** Routes that answer as Cohere's second version does. */
export function cohereRoutes(parts: RouteParts): Route[] {
  const post = (path: string, answer: (call: Call, parts: RouteParts) => Promise<Response>): Route => ({
    method: 'POST',
    path,
    dialect: cohereDialect,
    answer: (call) => answer(call, parts),
  })
  return [post('/v2/rerank', rerank), post('/v2/embed', embed)]
}

async function rerank({ request, context }: Call, { rerank, limits }: RouteParts): Promise<Response> {
  const body = validate(cohereRerankRequest, await readJson(request, limits.maxBodyBytes))
  const [query] = toTexts(body.query, limits, 'query')
  const texts = toTexts(body.documents, limits, 'documents')
  const manifest = rerank.resolve(body.model)
  const maxTokens = body.max_tokens_per_doc
  const { scores, truncated, ...marks } = await rerank.run(
    { manifest, query: query!, texts, maxTokens },
    context,
  )
  const results = orderOf(scores)
    .slice(0, body.top_n ?? texts.length)
    .map((index) => ({ index, relevance_score: Math.min(1, Math.max(0, scores[index]!)) }))
  const warnings = [
    ...truncationWarnings(truncated, texts.length + 1),
    ...scoreWarnings(manifest.id, marks, 'query', 'documents'),
  ]
  const meta = metaOf({ search_units: 1 }, warnings)
  const headers = {
    ...truncationHeader(truncated),
    ...scoreHeaders(manifest.id, marks, 'query', 'documents'),
  }
  return Response.json({ id: context.requestId, results, meta }, { headers })
}

const ROLES = {
  search_document: 'document',
  search_query: 'query',
  classification: '',
  clustering: '',
} as const
const TRUNCATIONS = { NONE: false, START: 'start', END: 'end' } as const

async function embed({ request, context }: Call, { embed, limits }: RouteParts): Promise<Response> {
  const body = validate(cohereEmbedRequest, await readJson(request, limits.maxBodyBytes))
  const texts = textsOf(body)
  const options = {
    role: ROLES[body.input_type],
    dimensions: body.output_dimension,
    truncate: TRUNCATIONS[body.truncate],
  }
  const inputs = toTexts(texts, limits, 'texts')
  const plan = inWordsOfCohere(() => embed.plan({ inputs, model: body.model, options }))
  const types = [...new Set(body.embedding_types ?? ['float' as const])]
  refuseLargeAnswer(
    { rows: types.length * texts.length, dimensions: plan.options.dimensions, encoding: widest(types) },
    limits,
  )
  const result = await embed.run(plan, context)
  const embeddings: Record<string, unknown> = {}
  for (const type of types) embeddings[type] = await encode(result.vectors, type)
  const answer = {
    id: context.requestId,
    embeddings,
    texts,
    meta: metaOf({ input_tokens: result.tokens }, [
      ...truncationWarnings(result.truncated, inputs.length),
      ...unknownWarnings(plan.manifest.id, unknownPlaces(result.unknown, 'texts')),
    ]),
    response_type: 'embeddings_by_type',
  }
  return respondInTurns(answer, result.vectors, measurementHeaders(result))
}

/** Errors call the dimensions as the caller did. */
function inWordsOfCohere<Result>(plan: () => Result): Result {
  try {
    return plan()
  } catch (error) {
    if (!(error instanceof AppError) || error.details.field !== 'dimensions') throw error
    const field = 'output_dimension'
    const details = { ...error.details, field }
    throw new AppError(error.code, `${field}: ${error.message}`, { details, cause: error })
  }
}

function textsOf({ texts, inputs }: InferOutput<typeof cohereEmbedRequest>): string[] {
  if (texts) return texts
  if (inputs) return inputs.map(({ content }) => content.map(({ text }) => text).join('\n'))
  throw new AppError('invalid_request', 'The field texts is missing; expected a list of texts; add it.', {
    details: { field: 'texts' },
  })
}

type CohereType = (typeof COHERE_TYPES)[number]

function widest(types: readonly CohereType[]): Encoding {
  return types.includes('float') ? 'float' : types.includes('base64') ? 'base64' : 'int8'
}

/** `uint8` is `int8` + 128 and `binary` is `ubinary` - 128, as numpy would cast them. */
async function encode(vectors: Matrix, type: CohereType): Promise<readonly (string | number[])[]> {
  if (type === 'uint8') return shift(vectors, 'int8', 128)
  if (type === 'binary') return shift(vectors, 'ubinary', -128)
  return (await encodeInTurns(vectors, type)).embeddings
}

async function shift(vectors: Matrix, encoding: 'int8' | 'ubinary', offset: number): Promise<number[][]> {
  const { embeddings } = await encodeInTurns(vectors, encoding)
  return (embeddings as number[][]).map((row) => row.map((code) => code + offset))
}

function metaOf(billedUnits: Record<string, number>, warnings: readonly string[]): object {
  return {
    api_version: { version: '2' },
    billed_units: billedUnits,
    ...(warnings.length > 0 && { warnings }),
  }
}
