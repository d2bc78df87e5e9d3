import { AppError } from '../errors.ts'
import { withFieldNames } from '../field-names.ts'
import type { Catalog } from '../models/catalog/catalog.ts'
import { type Manifest, vectorRevision } from '../models/catalog/manifest.ts'
import type { EncodeOptions } from '../models/encode/encoder.ts'
import { orderOf } from '../ranking/fusion.ts'
import type { Answer } from './answer.ts'
import { teiDialect } from './errors.ts'
import { toInputs, toTexts } from './inputs.ts'
import { refuseLargeAnswer } from './limits.ts'
import { scoreHeaders, vectorHeaders } from './measurements.ts'
import type { Call, Operation, Route, RouteParts, Variant } from './route.ts'
import { teiEmbedRequest, teiRerankRequest, teiSimilarityRequest, teiTokenizeRequest } from './tei-schemas.ts'
import { answerInTurns, encodeInTurns } from './turns.ts'
import { validateTolerantly } from './validate.ts'

/** Routes that answer as Text Embeddings Inference does; its `/embed` is reached through ours, by `inputs`. */
export function teiRoutes(parts: RouteParts): Route[] {
  const { catalog, defaultModel, limits } = parts
  const post = (path: string, answer: TeiAnswer): Route => ({
    method: 'POST',
    path,
    ...operationOf(answer, parts),
  })
  // To the address of a server itself clients of Hugging Face post texts, or a sentence with others.
  const root = {
    ...post('/', embed),
    variants: [{ ...operationOf(compare, parts), accepts: comparesSentences }],
  }
  return [
    root,
    post('/rerank', rerank),
    post('/similarity', compare),
    post('/tokenize', tokenize),
    {
      method: 'GET',
      path: '/info',
      dialect: teiDialect,
      answer: async () => ({ body: infoOf(catalog, defaultModel, limits.maxInputs) }),
    },
  ]
}

type TeiAnswer = (body: unknown, call: Call, parts: RouteParts) => Promise<Answer>

function operationOf(answer: TeiAnswer, parts: RouteParts): Operation {
  return { dialect: teiDialect, answer: (body, call) => answer(body, call, parts) }
}

/** TEI's own `POST /embed`, whose texts are called `inputs`, as a variant of ours. */
export function teiEmbedVariant(parts: RouteParts): Variant {
  return { ...operationOf(embed, parts), accepts: hasInputs }
}

function hasInputs(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'inputs' in body && !('input' in body)
}

/** A bare list of vectors. */
async function embed(body: unknown, call: Call, { embed, limits }: RouteParts): Promise<Answer> {
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
  refuseLargeAnswer(shape, limits, call.packs)
  const result = await withFieldNames({ input: 'inputs' }, () => embed.run(plan, call.context))
  const { embeddings } = await encodeInTurns(result.vectors, 'float')
  return answerInTurns(embeddings, result.vectors, vectorHeaders(plan.manifest.id, result, 'inputs'))
}

function comparesSentences(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('inputs' in body)) return false
  const { inputs } = body
  return typeof inputs === 'object' && inputs !== null && 'source_sentence' in inputs
}

async function rerank(asked: unknown, call: Call, { rerank, limits }: RouteParts): Promise<Answer> {
  const body = validateTolerantly(teiRerankRequest, asked, call)
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
  return { body: ranks, headers: scoreHeaders(manifest.id, result, 'query', 'texts') }
}

async function compare(body: unknown, call: Call, { embed, rerank, limits }: RouteParts): Promise<Answer> {
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
  return { body: Array.from(result.raw), headers }
}

async function tokenize(body: unknown, call: Call, parts: RouteParts): Promise<Answer> {
  const { tokenize, catalog, defaultModel, limits } = parts
  const {
    inputs,
    model,
    prompt_name: role,
    add_special_tokens: specialTokens,
  } = validateTolerantly(teiTokenizeRequest, body, call)
  const texts = toTexts(inputs, limits, 'inputs')
  requirePrompt(catalog.resolve(model ?? defaultModel), role, 'prompt_name')
  const plan = { texts, model, role, specialTokens, maxBytes: limits.maxResponseBytes }
  return { body: await tokenize.run(plan, call.context) }
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
