import { countMarks } from '../services/unknown.ts'
import type { Answer } from './answer.ts'
import { openAiDialect } from './errors.ts'
import { refuseLargeAnswer } from './limits.ts'
import { vectorHeaders } from './measurements.ts'
import { planOfBody, TOKEN_IDS_HEADER } from './openai-body.ts'
import type { Call, Route, RouteParts } from './route.ts'
import { answerInTurns, encodeInTurns } from './turns.ts'

/** `{"object":"embedding","index":2047,"embedding":…},` with its quotes escaped once more by a proxy. */
const WRAPPER_BYTES = 64

/** Routes that answer as OpenAI's do, so that its clients work unchanged. */
export function openAiRoutes(parts: RouteParts): Route[] {
  const { catalog, generators } = parts
  return [
    {
      method: 'POST',
      path: '/v1/embeddings',
      dialect: openAiDialect,
      answer: (asked, call) => createEmbeddings(asked, call, parts),
    },
    {
      method: 'GET',
      path: '/v1/models',
      dialect: openAiDialect,
      async answer(_, { context }) {
        // What is wrong with a source is told by GET /models; this list has no place for it.
        await catalog.scan?.(context)
        const names = catalog.entries().flatMap(({ manifest, aliases }) => [manifest.id, ...aliases])
        const all = [...names, ...(generators?.names() ?? [])]
        return { body: { object: 'list', data: all.map((id) => modelOf(id)) } }
      },
    },
    {
      method: 'GET',
      path: '/v1/models/:model',
      dialect: openAiDialect,
      answer: async (_, { params }) => oneModel(parts, params.model!),
    },
    {
      method: 'GET',
      path: '/v1/models/:owner/:name',
      dialect: openAiDialect,
      answer: async (_, { params }) => oneModel(parts, `${params.owner}/${params.name}`),
    },
  ]
}

function oneModel({ catalog, generators }: RouteParts, name: string): Answer {
  if (!generators?.names().includes(name)) catalog.resolve(name)
  return { body: modelOf(name) }
}

async function createEmbeddings(
  asked: unknown,
  { context, packs, header, addHeader }: Call,
  { embed, limits }: RouteParts,
): Promise<Answer> {
  const { plan, encoding } = planOfBody(asked, { embed, limits }, header(TOKEN_IDS_HEADER), addHeader)
  const { inputs } = plan
  refuseLargeAnswer(
    { rows: inputs.length, dimensions: plan.options.dimensions, encoding, wrapperBytes: WRAPPER_BYTES },
    limits,
    packs,
  )
  const result = await embed.run(plan, context)
  const { embeddings } = await encodeInTurns(result.vectors, encoding)
  const unknown = countMarks(result.unknown)
  const answer = {
    object: 'list',
    data: embeddings.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: plan.manifest.id,
    usage: {
      prompt_tokens: result.tokens,
      total_tokens: result.tokens,
      ...(result.truncated > 0 && { truncated: result.truncated }),
      ...(unknown > 0 && { unknown }),
    },
  }
  return answerInTurns(answer, result.vectors, vectorHeaders(plan.manifest.id, result, 'input'))
}

/** OpenAI dates models by their creation, which is not known of these: the epoch stands for that. */
function modelOf(id: string): object {
  return { id, object: 'model', created: 0, owned_by: 'serverless-embeddings' }
}
