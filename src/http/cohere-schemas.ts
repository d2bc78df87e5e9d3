import * as v from 'valibot'
import { defaulted, instead, modelName, notList, optional, positive, text, texts } from './fields.ts'

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

const INPUT_TYPES = ['search_document', 'search_query', 'classification', 'clustering'] as const

const embeddingTypes = optional(
  v.pipe(v.array(v.picklist(COHERE_TYPES)), v.minLength(1, 'at least one format')),
)

/** The body of `POST /v2/embed`, as Cohere documents it. */
export const cohereEmbedRequest = v.pipe(
  v.object({
    model: modelName,
    input_type: v.picklist(INPUT_TYPES),
    texts: optional(texts),
    inputs: optional(
      v.pipe(
        v.array(
          v.object({
            content: v.pipe(
              v.array(v.object({ type: v.literal('text', 'the type "text"'), text: v.string() })),
              v.metadata({ minItems: 1 }),
            ),
          }),
        ),
        v.metadata({ minItems: 1 }),
      ),
    ),
    images: optional(v.pipe(v.array(v.string()), v.metadata({ maxItems: 0 }))),
    embedding_types: embeddingTypes,
    output_dimension: optional(positive),
    max_tokens: optional(positive),
    truncate: defaulted(v.picklist(['NONE', 'START', 'END']), 'END'),
  }),
  v.metadata({ oneOf: [instead('texts', 'inputs'), instead('inputs', 'texts')] }),
)

/** `POST /v1/rerank`, as Cohere's first version and Jina document it. */
export const cohereFirstRerankRequest = v.object({
  model: optional(modelName),
  query: text,
  documents: v.pipe(
    v.array(v.union([text, notList(v.object({ text }))], 'a text or an object such as {"text": "…"}')),
    v.metadata({ minItems: 1 }),
  ),
  rank_fields: optional(
    v.pipe(
      v.array(v.literal('text', '"text", the field that is ranked')),
      v.minLength(1, 'at least one field'),
    ),
  ),
  top_n: optional(positive),
  max_tokens_per_doc: optional(positive),
  return_documents: defaulted(v.boolean(), false),
})

/** `POST /v1/embed`, as Cohere's first version documents it. */
export const cohereFirstEmbedRequest = v.object({
  model: optional(modelName),
  texts,
  input_type: optional(v.picklist(INPUT_TYPES)),
  embedding_types: embeddingTypes,
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

const rows = v.array(v.union([v.array(v.number()), v.string()]))

/** The answer of `POST /v1/rerank`, best first, with the fields of Cohere and those of Jina. */
export const cohereFirstRerankResponse = v.object({
  id: v.string(),
  model: v.string(),
  results: v.array(
    v.object({
      index: v.number(),
      relevance_score: v.number(),
      document: v.optional(v.object({ text: v.string() })),
    }),
  ),
  usage: v.object({ prompt_tokens: v.number(), total_tokens: v.number() }),
  meta,
})

/** The answer of `POST /v2/embed`. */
export const cohereEmbedResponse = v.object({
  id: v.string(),
  embeddings: v.record(v.string(), rows),
  texts: v.array(v.string()),
  meta,
  response_type: v.literal('embeddings_by_type'),
})

/** The answer of `POST /v1/embed`. */
export const cohereFirstEmbedResponse = v.object({
  id: v.string(),
  embeddings: v.union([rows, v.record(v.string(), rows)]),
  texts: v.array(v.string()),
  meta,
  response_type: v.picklist(['embeddings_floats', 'embeddings_by_type']),
})

/** Every error of these routes. */
export const cohereErrorResponse = v.object({ id: v.string(), message: v.string() })
