import { AppError } from '../errors.ts'
import type { Catalog } from '../models/catalog/catalog.ts'
import type { EmbedPlan } from '../services/embed.ts'
import { readJson } from './body.ts'
import { openAiDialect } from './errors.ts'
import { toInputs } from './inputs.ts'
import { refuseLargeAnswer } from './limits.ts'
import { measurementHeaders } from './measurements.ts'
import type { Call, Route, RouteParts } from './route.ts'
import { openAiEmbedRequest } from './schemas.ts'
import { encodeInTurns, respondInTurns } from './turns.ts'
import { validate } from './validate.ts'

/** `{"object":"embedding","index":2047,"embedding":…},` with its quotes escaped once more by a proxy. */
const WRAPPER_BYTES = 64

/** Routes that answer as OpenAI's do, so that its clients work unchanged. */
export function openAiRoutes(parts: RouteParts): Route[] {
  const { catalog } = parts
  return [
    {
      method: 'POST',
      path: '/v1/embeddings',
      dialect: openAiDialect,
      answer: (call) => createEmbeddings(call, parts),
    },
    {
      method: 'GET',
      path: '/v1/models',
      dialect: openAiDialect,
      answer: async () =>
        Response.json({
          object: 'list',
          data: catalog
            .entries()
            .flatMap(({ manifest, aliases }) => [manifest.id, ...aliases].map((id) => modelOf(id))),
        }),
    },
    {
      method: 'GET',
      path: '/v1/models/:model',
      dialect: openAiDialect,
      answer: async ({ params }) => oneModel(catalog, params.model!),
    },
    {
      method: 'GET',
      path: '/v1/models/:owner/:name',
      dialect: openAiDialect,
      answer: async ({ params }) => oneModel(catalog, `${params.owner}/${params.name}`),
    },
  ]
}

function oneModel(catalog: Catalog, name: string): Response {
  catalog.resolve(name)
  return Response.json(modelOf(name))
}

async function createEmbeddings(
  { request, context }: Call,
  { embed, limits }: RouteParts,
): Promise<Response> {
  const body = validate(openAiEmbedRequest, await readJson(request, limits.maxBodyBytes))
  const { encoding_format: encoding, dimensions } = body
  const inputs = toInputs(body.input, limits)
  const options = { ...(dimensions && { dimensions }), truncate: truncationOf(body.truncate) }
  const plan = embed.plan({ inputs, model: body.model, options })
  refuseForeignIds(plan, request.headers.get(TOKEN_IDS_HEADER))
  refuseLargeAnswer(
    { rows: inputs.length, dimensions: plan.options.dimensions, encoding, wrapperBytes: WRAPPER_BYTES },
    limits,
  )
  const result = await embed.run(plan, context)
  const { embeddings } = await encodeInTurns(result.vectors, encoding)
  const answer = {
    object: 'list',
    data: embeddings.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: plan.manifest.id,
    usage: {
      prompt_tokens: result.tokens,
      total_tokens: result.tokens,
      ...(result.truncated > 0 && { truncated: result.truncated }),
    },
  }
  return respondInTurns(answer, result.vectors, measurementHeaders(result))
}

function truncationOf(truncate: boolean | string): 'start' | 'end' | false {
  if (typeof truncate === 'boolean') return truncate && 'end'
  const end = truncate.toLowerCase()
  return end === 'none' ? false : (end as 'start' | 'end')
}

const TOKEN_IDS_HEADER = 'x-token-ids'

/**
 * Clients of OpenAI make ids of OpenAI's vocabulary (cl100k), which name other words, or none, in a model's own: the
 * vectors of the two have a cosine of about 0.1.
 *
 * @throws AppError `invalid_request` for ids, unless the model or the caller says that they are the model's own
 */
function refuseForeignIds({ inputs, manifest }: EmbedPlan, declared: string | null): void {
  if (declared !== null && declared !== 'model') {
    throw invalid(
      TOKEN_IDS_HEADER,
      `The header ${TOKEN_IDS_HEADER} is "${declared.slice(0, 20)}"; expected "model", for token ids of the model's own vocabulary; correct or remove it.`,
    )
  }
  if (manifest.acceptsTokenIds || declared === 'model') return
  if (inputs.every((input) => typeof input === 'string')) return
  throw invalid(
    'input',
    `The field input has token ids; clients of OpenAI send ids of OpenAI's vocabulary, which mean other words to ${manifest.id}; send texts: with LangChain set check_embedding_ctx_length: false, in Python OpenAIEmbeddings(check_embedding_ctx_length=False); ids of the model's own vocabulary are taken with the header ${TOKEN_IDS_HEADER}: model.`,
  )
}

function invalid(field: string, message: string): AppError {
  return new AppError('invalid_request', message, { details: { field } })
}

/** OpenAI dates models by their creation, which is not known of these: the epoch stands for that. */
function modelOf(id: string): object {
  return { id, object: 'model', created: 0, owned_by: 'serverless-embeddings' }
}
