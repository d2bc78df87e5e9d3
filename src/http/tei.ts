import { AppError } from '../errors.ts'
import { withFieldNames } from '../field-names.ts'
import type { Catalog } from '../models/catalog/catalog.ts'
import { type Manifest, vectorRevision } from '../models/catalog/manifest.ts'
import type { EncodeOptions } from '../models/encode/encoder.ts'
import { orderOf } from '../ranking/fusion.ts'
import { readJson } from './body.ts'
import { teiDialect } from './errors.ts'
import { toInputs, toTexts } from './inputs.ts'
import { refuseLargeAnswer } from './limits.ts'
import { measurementHeaders, scoreHeaders } from './measurements.ts'
import type { Call, Route, RouteParts } from './route.ts'
import { teiEmbedRequest, teiRerankRequest, teiSimilarityRequest, teiTokenizeRequest } from './tei-schemas.ts'
import { encodeInTurns, respondInTurns } from './turns.ts'
import { validateTolerantly } from './validate.ts'

/** Routes that answer as Text Embeddings Inference does; its `/embed` is reached through ours, by `inputs`. */
export function teiRoutes(parts: RouteParts): Route[] {
  const { catalog, defaultModel, limits } = parts
  const post = (path: string, answer: (call: Call, parts: RouteParts) => Promise<Response>): Route => ({
    method: 'POST',
    path,
    dialect: teiDialect,
    answer: (call) => answer(call, parts),
  })
  return [
    post('/', root),
    post('/rerank', rerank),
    post('/similarity', similarity),
    post('/tokenize', tokenize),
    {
      method: 'GET',
      path: '/info',
      dialect: teiDialect,
      answer: async () => Response.json(infoOf(catalog, defaultModel, limits.maxInputs)),
    },
  ]
}

/** `POST /embed` with a body of TEI's: a bare list of vectors. */
export async function teiEmbed(body: unknown, call: Call, { embed, limits }: RouteParts): Promise<Response> {
  const {
    inputs,
    model,
    prompt_name: role,
    normalize,
    dimensions,
    ...truncation
  } = validateTolerantly(teiEmbedRequest, body, call)
  const options = {
    role,
    normalize,
    dimensions,
    truncate: truncateOf(truncation),
  }
  const plan = embed.plan({ inputs: toInputs(inputs, limits, 'inputs'), model, options })
  requirePrompt(plan.manifest, role, 'prompt_name')
  const shape = { rows: plan.inputs.length, dimensions: plan.options.dimensions, encoding: 'float' } as const
  refuseLargeAnswer(shape, limits)
  const result = await withFieldNames({ input: 'inputs' }, () => embed.run(plan, call.context))
  const { embeddings } = await encodeInTurns(result.vectors, 'float')
  return respondInTurns(embeddings, result.vectors, measurementHeaders(result))
}

/** What clients of Hugging Face post to the address of a server itself: texts, or a sentence with others. */
async function root(call: Call, parts: RouteParts): Promise<Response> {
  const body = await readJson(call.request, parts.limits)
  return comparesSentences(body) ? compare(body, call, parts) : teiEmbed(body, call, parts)
}

function comparesSentences(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('inputs' in body)) return false
  const { inputs } = body
  return typeof inputs === 'object' && inputs !== null && 'source_sentence' in inputs
}

async function rerank(call: Call, { rerank, limits }: RouteParts): Promise<Response> {
  const body = validateTolerantly(teiRerankRequest, await readJson(call.request, limits), call)
  const [query] = toTexts(body.query, limits, 'query')
  const texts = toTexts(body.texts, limits, 'texts')
  const manifest = rerank.resolve(body.model)
  const plan = { manifest, query: query!, texts, truncate: truncateOf(body) }
  const result = await rerank.run(plan, call.context)
  const shown = body.raw_scores ? result.raw : result.scores
  const ranks = orderOf(shown).map((index) => ({
    index,
    ...(body.return_text && { text: texts[index]! }),
    score: shown[index]!,
  }))
  return Response.json(ranks, { headers: scoreHeaders(manifest.id, result, 'query', 'texts') })
}

async function similarity(call: Call, parts: RouteParts): Promise<Response> {
  return compare(await readJson(call.request, parts.limits), call, parts)
}

async function compare(body: unknown, call: Call, { embed, rerank, limits }: RouteParts): Promise<Response> {
  const { inputs, parameters, model } = validateTolerantly(teiSimilarityRequest, body, call)
  const [query] = toTexts(inputs.source_sentence, limits, 'inputs.source_sentence')
  const texts = toTexts(inputs.sentences, limits, 'inputs.sentences')
  const truncate = truncateOf(parameters ?? { truncation_direction: 'Right' })
  const role = parameters?.prompt_name
  const { manifest } = embed.plan({ inputs: [], model, options: {} })
  requirePrompt(manifest, role, 'parameters.prompt_name')
  const plan = {
    manifest,
    query: query!,
    texts,
    truncate,
    roles: { query: role ?? '', document: role ?? '' },
  }
  const names = { query: 'inputs.source_sentence', texts: 'inputs.sentences' }
  const result = await withFieldNames(names, () => rerank.run(plan, call.context))
  const headers = scoreHeaders(manifest.id, result, names.query, names.texts)
  return Response.json(Array.from(result.raw), { headers })
}

async function tokenize(call: Call, parts: RouteParts): Promise<Response> {
  const { tokenize, catalog, defaultModel, limits } = parts
  const {
    inputs,
    model,
    prompt_name: role,
    add_special_tokens: specialTokens,
  } = validateTolerantly(teiTokenizeRequest, await readJson(call.request, limits), call)
  const texts = toTexts(inputs, limits, 'inputs')
  requirePrompt(catalog.resolve(model ?? defaultModel), role, 'prompt_name')
  const plan = { texts, model, role, specialTokens, maxBytes: limits.maxResponseBytes }
  const answer = await tokenize.run(plan, call.context)
  return new Response(answer, { headers: { 'content-type': 'application/json' } })
}

/** Roles that every model has, with a prompt or none. */
const ROLES = ['query', 'document']

/** @throws AppError `invalid_request` for the name of a prompt that the model does not have */
function requirePrompt({ id, prompts }: Manifest, name: string | undefined, field: string): void {
  if (name === undefined || ROLES.includes(name) || Object.hasOwn(prompts, name)) return
  const names = [...new Set([...ROLES, ...Object.keys(prompts)])]
  throw new AppError(
    'invalid_request',
    `The field ${field} is "${name.slice(0, 60)}", a prompt that model ${id} does not have; expected one of ${names.join(', ')}; correct or remove it.`,
    { details: { field, model: id, prompts: names } },
  )
}

interface Truncation {
  readonly truncate?: boolean | null | undefined
  readonly truncation_direction: string
}

/** TEI truncates unless told not to, as its option `auto-truncate` says. */
function truncateOf({ truncate, truncation_direction }: Truncation): EncodeOptions['truncate'] {
  if (truncate === false) return false
  return truncation_direction.toLowerCase() === 'left' ? 'start' : 'end'
}

function infoOf(catalog: Catalog, model: string, maxInputs: number): object {
  const manifest = catalog.resolve(model)
  return {
    model_id: manifest.id,
    model_sha: vectorRevision(manifest),
    model_dtype: manifest.precision,
    served_model_name: manifest.id,
    model_type: modelTypeOf(manifest),
    max_concurrent_requests: 1,
    max_input_length: manifest.maxTokens,
    max_batch_tokens: manifest.maxTokens,
    max_batch_requests: null,
    max_client_batch_size: maxInputs,
    auto_truncate: true,
    tokenization_workers: 1,
    version: '1',
    sha: null,
    docker_label: null,
  }
}

function modelTypeOf({ task, pooling }: Manifest): object {
  if (task !== 'rerank') return { embedding: { pooling } }
  return { reranker: { id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 } } }
}
