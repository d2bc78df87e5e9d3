import * as v from 'valibot'
import { defaulted, modelName, optional, positive, text, texts } from './fields.ts'

/** `POST /v2/rerank`, as Cohere documents it; fields it does not know are let through. */
export const cohereRerankRequest = v.object({
  model: modelName,
  query: text,
  documents: texts,
  top_n: optional(positive),
  max_tokens_per_doc: optional(positive),
})

/** The number formats of Cohere; `int8` and `ubinary` are as in `POST /embed`, the others follow from them. */
export const COHERE_TYPES = ['float', 'int8', 'uint8', 'binary', 'ubinary', 'base64'] as const

/** `POST /v2/embed`. */
export const cohereEmbedRequest = v.object({
  model: modelName,
  input_type: v.picklist(['search_document', 'search_query', 'classification', 'clustering']),
  texts: optional(texts),
  inputs: optional(
    v.array(
      v.object({
        content: v.array(v.object({ type: v.literal('text', 'the type "text"'), text: v.string() })),
      }),
    ),
  ),
  embedding_types: optional(v.array(v.picklist(COHERE_TYPES))),
  output_dimension: optional(positive),
  truncate: defaulted(v.picklist(['NONE', 'START', 'END']), 'END'),
})

const meta = v.object({
  api_version: v.object({ version: v.string() }),
  billed_units: v.record(v.string(), v.number()),
  warnings: v.optional(v.array(v.string())),
})

/** The answer of `POST /v2/rerank`, best first. */
export const cohereRerankResponse = v.object({
  id: v.string(),
  results: v.array(v.object({ index: v.number(), relevance_score: v.number() })),
  meta,
})

/** The answer of `POST /v2/embed`. */
export const cohereEmbedResponse = v.object({
  id: v.string(),
  embeddings: v.record(v.string(), v.array(v.union([v.array(v.number()), v.string()]))),
  texts: v.array(v.string()),
  meta,
  response_type: v.literal('embeddings_by_type'),
})

/** Every error of these routes. */
export const cohereErrorResponse = v.object({ id: v.string(), message: v.string() })
