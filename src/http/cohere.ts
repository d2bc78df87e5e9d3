import type { InferOutput } from 'valibot'
import type { Context } from '../context.ts'
import { invalid } from '../errors.ts'
import { withFieldNames } from '../field-names.ts'
import type { EngineResult } from '../models/engine/engine.ts'
import { orderOf } from '../ranking/fusion.ts'
import { unknownPlaces, unknownWarnings } from '../services/unknown.ts'
import type { Encoding } from '../vector/encoding.ts'
import type { Matrix } from '../vector/matrix.ts'
import type { Answer } from './answer.ts'
import {
  type COHERE_TYPES,
  cohereEmbedRequest,
  cohereFirstEmbedRequest,
  cohereFirstRerankRequest,
  cohereRerankRequest,
} from './cohere-schemas.ts'
import { cohereDialect } from './errors.ts'
import { toTexts } from './inputs.ts'
import { refuseLargeAnswer } from './limits.ts'
import { measurementHeaders, scoreHeaders, scoreWarnings, truncationWarnings } from './measurements.ts'
import type { Call, Route, RouteParts } from './route.ts'
import { answerInTurns, encodeInTurns } from './turns.ts'
import { validateTolerantly } from './validate.ts'

/** Routes that answer as Cohere does, in its first version and its second. */
export function cohereRoutes(parts: RouteParts): Route[] {
  type CohereAnswer = (asked: unknown, call: Call, parts: RouteParts) => Promise<Answer>
  const post = (path: string, answer: CohereAnswer): Route => ({
    method: 'POST',
    path,
    dialect: cohereDialect,
    answer: (asked, call) => answer(asked, call, parts),
  })
  return [
    post('/v2/rerank', rerank),
    post('/v2/embed', embed),
    post('/v1/rerank', rerankFirst),
    post('/v1/embed', embedFirst),
  ]
}

async function rerank(asked: unknown, call: Call, parts: RouteParts): Promise<Answer> {
  const { context } = call
  const body = validateTolerantly(cohereRerankRequest, asked, call)
  const { results, warnings, headers } = await rank({ ...body, texts: body.documents }, context, parts)
  const meta = metaOf('2', { search_units: 1 }, warnings)
  return { body: { id: context.requestId, results, meta }, headers }
}

/** As Cohere's first version and Jina answer: documents may be objects, and are sent back when asked for. */
async function rerankFirst(asked: unknown, call: Call, parts: RouteParts): Promise<Answer> {
  const { context } = call
  const body = validateTolerantly(cohereFirstRerankRequest, asked, call)
  const texts = body.documents.map((document) => (typeof document === 'string' ? document : document.text))
  const { results, warnings, headers, tokens, model } = await rank({ ...body, texts }, context, parts)
  const answer = {
    id: context.requestId,
    model,
    results: body.return_documents
      ? results.map((result) => ({ ...result, document: { text: texts[result.index]! } }))
      : results,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    meta: metaOf('1', { search_units: 1 }, warnings),
  }
  return { body: answer, headers }
}

interface RankRequest {
  readonly model?: string | undefined
  readonly query: string
  readonly texts: readonly string[]
  readonly top_n?: number | undefined
  readonly max_tokens_per_doc?: number | undefined
}

async function rank(body: RankRequest, context: Context, { rerank, limits }: RouteParts) {
  const [query] = toTexts(body.query, limits, 'query')
  const texts = toTexts(body.texts, limits, 'documents')
  const manifest = rerank.resolve(body.model)
  const plan = { manifest, query: query!, texts, maxTokens: body.max_tokens_per_doc }
  const result = await withFieldNames({ texts: 'documents' }, () => rerank.run(plan, context))
  const { scores, tokens } = result
  const results = orderOf(scores)
    .slice(0, body.top_n ?? texts.length)
    .map((index) => ({ index, relevance_score: Math.min(1, Math.max(0, scores[index]!)) }))
  const warnings = [
    ...truncationWarnings(result.truncated, texts.length + 1),
    ...scoreWarnings(manifest.id, result, 'query', 'documents'),
  ]
  const headers = scoreHeaders(manifest.id, result, 'query', 'documents')
  return { results, warnings, headers, tokens, model: manifest.id }
}

const ROLES = {
  search_document: 'document',
  search_query: 'query',
  classification: '',
  clustering: '',
} as const
const TRUNCATIONS = { NONE: false, START: 'start', END: 'end' } as const

async function embed(asked: unknown, call: Call, parts: RouteParts): Promise<Answer> {
  const { context } = call
  const body = validateTolerantly(cohereEmbedRequest, asked, call)
  const made = await embedTypes({ ...body, ...textsOf(body) }, call, parts)
  return respond('2', { ...made, response_type: 'embeddings_by_type' }, context)
}

/** As Cohere's first version answers: one list of vectors, unless formats are asked for by name. */
async function embedFirst(asked: unknown, call: Call, parts: RouteParts): Promise<Answer> {
  const { context } = call
  const body = validateTolerantly(cohereFirstEmbedRequest, asked, call)
  const made = await embedTypes({ ...body, name: 'texts' }, call, parts)
  if (body.embedding_types) return respond('1', { ...made, response_type: 'embeddings_by_type' }, context)
  return respond(
    '1',
    { ...made, embeddings: made.embeddings.float, response_type: 'embeddings_floats' },
    context,
  )
}

interface EmbedTypesRequest {
  readonly model?: string | undefined
  readonly texts: readonly string[]
  /** What the body calls the texts. */
  readonly name: string
  readonly input_type?: keyof typeof ROLES | undefined
  readonly embedding_types?: readonly CohereType[] | undefined
  readonly output_dimension?: number | undefined
  readonly max_tokens?: number | undefined
  readonly truncate: keyof typeof TRUNCATIONS
}

async function embedTypes(
  body: EmbedTypesRequest,
  { context, packs }: Pick<Call, 'context' | 'packs'>,
  { embed, limits }: RouteParts,
) {
  const options = {
    role: body.input_type && ROLES[body.input_type],
    dimensions: body.output_dimension,
    maxTokens: body.max_tokens,
    truncate: TRUNCATIONS[body.truncate],
  }
  const inputs = toTexts(body.texts, limits, body.name)
  const names = { input: body.name, dimensions: 'output_dimension' }
  const plan = await withFieldNames(names, () => embed.plan({ inputs, model: body.model, options }))
  const types = [...new Set(body.embedding_types ?? ['float' as const])]
  const shape = { rows: inputs.length, dimensions: plan.options.dimensions, encoding: types.map(encodingOf) }
  refuseLargeAnswer(shape, limits, packs)
  const result = await withFieldNames(names, () => embed.run(plan, context))
  const embeddings: Record<string, unknown> = {}
  for (const type of types) embeddings[type] = await encode(result.vectors, type)
  const warnings = [
    ...truncationWarnings(result.truncated, inputs.length),
    ...unknownWarnings(plan.manifest.id, unknownPlaces(result.unknown, body.name)),
  ]
  return { embeddings, texts: inputs, result, warnings }
}

interface Embedded {
  readonly embeddings: unknown
  readonly texts: readonly string[]
  readonly result: EngineResult
  readonly warnings: readonly string[]
  readonly response_type: string
}

function respond(version: string, made: Embedded, context: Context): Answer {
  const { embeddings, texts, result, warnings, response_type } = made
  const meta = metaOf(version, { input_tokens: result.tokens }, warnings)
  const answer = { id: context.requestId, embeddings, texts, meta, response_type }
  return answerInTurns(answer, result.vectors, measurementHeaders(result))
}

/** The texts of a body, and what the body calls them. */
function textsOf({ texts, inputs, images }: InferOutput<typeof cohereEmbedRequest>) {
  if (images && images.length > 0)
    throw invalid('images', 'The field images has pictures; expected texts alone; send texts.')
  if (texts && inputs)
    throw invalid('inputs', 'The body has texts and inputs; expected one of them; send texts.')
  if (texts) return { texts, name: 'texts' }
  if (!inputs) throw invalid('texts', 'The field texts is missing; expected a list of texts; add it.')
  return { texts: inputs.map(({ content }) => content.map(({ text }) => text).join('\n')), name: 'inputs' }
}

type CohereType = (typeof COHERE_TYPES)[number]

/** What a type has as many bytes as. */
function encodingOf(type: CohereType): Encoding {
  if (type === 'uint8') return 'int8'
  return type === 'binary' ? 'ubinary' : type
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

function metaOf(version: string, billedUnits: Record<string, number>, warnings: readonly string[]): object {
  return { api_version: { version }, billed_units: billedUnits, ...(warnings.length > 0 && { warnings }) }
}
