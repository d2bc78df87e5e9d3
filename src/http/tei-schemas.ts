import * as v from 'valibot'
import { input } from './schemas.ts'

const direction = v.optional(v.picklist(['Left', 'Right', 'left', 'right']), 'Right')
const truncate = v.optional(v.nullable(v.boolean()))
const text = v.nullish(v.string())
const truncation = { truncate, truncation_direction: direction }
const model = v.optional(
  v.pipe(v.string(), v.description('An id or alias of GET /models; TEI itself has one model.')),
)

/** `POST /embed` with the key `inputs`, as Text Embeddings Inference documents it. */
export const teiEmbedRequest = v.object({
  inputs: input,
  ...truncation,
  prompt_name: text,
  normalize: v.optional(v.boolean(), true),
  dimensions: v.nullish(
    v.pipe(v.number(), v.integer('a whole number'), v.minValue(1, 'a number of at least 1')),
  ),
  model,
})

/** `POST /rerank`. */
export const teiRerankRequest = v.object({
  query: v.string(),
  texts: v.array(v.string()),
  ...truncation,
  raw_scores: v.optional(v.boolean(), false),
  return_text: v.optional(v.boolean(), false),
  model,
})

/** `POST /similarity`. */
export const teiSimilarityRequest = v.object({
  inputs: v.object({ source_sentence: v.string(), sentences: v.array(v.string()) }),
  parameters: v.nullish(v.object({ ...truncation, prompt_name: text })),
  model,
})

/** `POST /tokenize`. */
export const teiTokenizeRequest = v.object({
  inputs: v.union([v.string(), v.array(v.string())], 'text or a list of texts'),
  add_special_tokens: v.optional(v.boolean(), true),
  prompt_name: text,
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
