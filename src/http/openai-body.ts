import { invalid } from '../errors.ts'
import type { EmbedPlan, EmbedService } from '../services/embed.ts'
import { toInputs } from './inputs.ts'
import type { Limits } from './limits.ts'
import type { Call } from './route.ts'
import { openAiEmbedRequest } from './schemas.ts'
import { validateTolerantly } from './validate.ts'

/** What a body of `POST /v1/embeddings` asks for. */
interface OpenAiPlan {
  readonly plan: EmbedPlan
  readonly encoding: 'float' | 'base64'
}

/**
 * Reads a body of `POST /v1/embeddings`; of a request, or of a line of a batch.
 *
 * @param declared whose token ids they are, where the caller says it
 * @param addHeader hears of fields that are not served: {@link validateTolerantly}
 * @throws AppError that names the first wrong field, or the model that is unknown
 */
export function planOfBody(
  value: unknown,
  { embed, limits }: { readonly embed: EmbedService; readonly limits: Limits },
  declared: string | undefined,
  addHeader: Call['addHeader'],
): OpenAiPlan {
  const body = validateTolerantly(openAiEmbedRequest, value, { addHeader })
  const { encoding_format: encoding, dimensions } = body
  const inputs = toInputs(body.input, limits)
  const options = { ...(dimensions && { dimensions }), truncate: truncationOf(body.truncate) }
  const plan = embed.plan({ inputs, model: body.model, options })
  refuseForeignIds(plan, declared)
  return { plan, encoding }
}

function truncationOf(truncate: boolean | string): 'start' | 'end' | false {
  if (typeof truncate === 'boolean') return truncate && 'end'
  const end = truncate.toLowerCase()
  return end === 'none' ? false : (end as 'start' | 'end')
}

/** In which a caller says whose token ids it sends. */
export const TOKEN_IDS_HEADER = 'x-token-ids'

/**
 * Clients of OpenAI make ids of OpenAI's vocabulary (cl100k), which name other words, or none, in a model's own: the
 * vectors of the two have a cosine of about 0.1.
 *
 * @throws AppError `invalid_request` for ids, unless the model or the caller says that they are the model's own
 */
function refuseForeignIds({ inputs, manifest }: EmbedPlan, declared: string | undefined): void {
  if (declared !== undefined && declared !== 'model') {
    throw invalid(
      TOKEN_IDS_HEADER,
      `The header ${TOKEN_IDS_HEADER} is "${declared.slice(0, 20)}"; expected "model", for token ids of the model's own vocabulary; correct or remove it.`,
    )
  }
  if (manifest.acceptsTokenIds || declared === 'model') return
  if (inputs.every((input) => typeof input === 'string')) return
  throw invalid(
    'input',
    `The field input has token ids; clients of OpenAI send ids of OpenAI's vocabulary, which mean other words to ${manifest.id}; send texts: with LangChain set check_embedding_ctx_length: false, in Python OpenAIEmbeddings(check_embedding_ctx_length=False); over HTTP, ids of the model's own vocabulary are taken with the header ${TOKEN_IDS_HEADER}: model.`,
  )
}
