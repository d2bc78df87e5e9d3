import * as v from 'valibot'

const positive = v.pipe(v.number(), v.integer('a whole number'), v.minValue(1, 'a number of at least 1'))

/** `POST /v2/rerank`, as Cohere documents it; fields it does not know are let through. */
export const cohereRerankRequest = v.object({
  model: v.string(),
  query: v.string(),
  documents: v.array(v.string()),
  top_n: v.nullish(positive),
  max_tokens_per_doc: v.nullish(positive),
})

/** The number formats of Cohere; `int8` and `ubinary` are as in `POST /embed`, the others follow from them. */
export const COHERE_TYPES = ['float', 'int8', 'uint8', 'binary', 'ubinary', 'base64'] as const

/** `POST /v2/embed`. */
export const cohereEmbedRequest = v.object({
  model: v.string(),
  input_type: v.picklist(['search_document', 'search_query', 'classification', 'clustering']),
  texts: v.nullish(v.array(v.string())),
  inputs: v.nullish(
    v.array(
      v.object({
        content: v.array(v.object({ type: v.literal('text', 'the type "text"'), text: v.string() })),
      }),
    ),
  ),
  embedding_types: v.nullish(v.array(v.picklist(COHERE_TYPES))),
  output_dimension: v.nullish(positive),
  truncate: v.nullish(v.picklist(['NONE', 'START', 'END'])),
})

const meta = v.object({
  api_version: v.object({ version: v.string() }),
  billed_units: v.record(v.string(), v.number()),
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
