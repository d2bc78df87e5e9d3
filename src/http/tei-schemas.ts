import * as v from 'valibot'
import { defaulted, modelName, notList, optional, positive, text, texts } from './fields.ts'
import { input } from './schemas.ts'

const direction = defaulted(v.picklist(['Left', 'Right', 'left', 'right']), 'Right')
const truncate = optional(v.boolean())
const truncation = { truncate, truncation_direction: direction }
const model = optional(modelName)

/** `POST /embed` with the key `inputs`, as Text Embeddings Inference documents it. */
export const teiEmbedRequest = v.object({
  inputs: input,
  ...truncation,
  prompt_name: optional(v.string()),
  normalize: defaulted(v.boolean(), true),
  dimensions: optional(positive),
  model,
})

/** The body of `POST /rerank`. */
export const teiRerankRequest = v.object({
  query: text,
  texts,
  ...truncation,
  raw_scores: defaulted(v.boolean(), false),
  return_text: defaulted(v.boolean(), false),
  model,
})

/** The body of `POST /similarity`. */
export const teiSimilarityRequest = v.object({
  inputs: v.object({ source_sentence: text, sentences: texts }),
  parameters: optional(notList(v.object({ ...truncation, prompt_name: optional(v.string()) }))),
  model,
})

/** The body of `POST /tokenize`. */
export const teiTokenizeRequest = v.object({
  inputs: v.union([text, texts], 'text or a list of texts'),
  add_special_tokens: defaulted(v.boolean(), true),
  prompt_name: optional(v.string()),
  model,
})

/** The answer of `POST /tokenize`, a list for each text; `start` and `stop` count bytes of its UTF-8. */
export const teiTokenizeResponse = v.array(
  v.array(
    v.object({
      id: v.number(),
      text: v.string(),
      special: v.boolean(),
      start: v.nullable(v.number()),
      stop: v.nullable(v.number()),
    }),
  ),
)

/** The answer of `POST /rerank`, best first. */
export const teiRerankResponse = v.array(
  v.object({ index: v.number(), text: v.optional(v.string()), score: v.number() }),
)

/** The answer of `POST /similarity`, in the order of the sentences. */
export const teiSimilarityResponse = v.array(v.number())

/** The answer of `GET /info`. */
export const teiInfoResponse = v.looseObject({
  model_id: v.string(),
  model_sha: v.string(),
  model_dtype: v.string(),
  max_input_length: v.number(),
  max_client_batch_size: v.number(),
  auto_truncate: v.boolean(),
})

/** Every error of these routes. */
export const teiErrorResponse = v.object({
  error: v.string(),
  error_type: v.picklist(['Unhealthy', 'Backend', 'Overloaded', 'Validation', 'Tokenizer', 'Empty']),
})
