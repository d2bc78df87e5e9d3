import * as v from 'valibot'
import { ERROR_CODES } from '../errors.ts'
import { ENCODINGS } from '../vector/encoding.ts'
import { count, defaulted, modelName, optional, positive, quick, text, texts } from './fields.ts'

const milliseconds = v.pipe(v.number(), v.description('Milliseconds.'))

const isCount = (item: unknown) => Number.isInteger(item) && (item as number) >= 0
const isIds = (item: unknown) => Array.isArray(item) && item.every(isCount)
const tokenIds = v.pipe(quick(v.array(count), isCount), v.metadata({ minItems: 1 }))

/** What is embedded, in every shape that the routes share. */
export const input = v.pipe(
  v.union(
    [text, texts, tokenIds, v.pipe(quick(v.array(tokenIds), isIds), v.metadata({ minItems: 1 }))],
    'text, a list of texts, or lists of token ids',
  ),
  v.description(
    'One text or several; or token ids of the model, taken as they are. Neither blank nor with null characters.',
  ),
)

/** The body of `POST /embed`. */
export const embedRequest = v.strictObject({
  input,
  model: optional(modelName),
  role: optional(
    v.pipe(
      v.picklist(['query', 'document']),
      v.description(
        'Chooses the prompt that the model was trained with, where it has one; a learned map of queries maps those with the role query.',
      ),
    ),
  ),
  dimensions: optional(v.pipe(positive, v.description('Fewer columns, of the sizes that the model offers.'))),
  encoding: defaulted(
    v.pipe(
      v.picklist(ENCODINGS),
      v.description(
        'float: JSON numbers. base64: float32, little-endian. int8: codes of -127 to 127, a value is code × scale, one scale a vector. ubinary: signs, eight a byte, first dimension in the highest bit.',
      ),
    ),
    'float',
  ),
  normalize: optional(v.pipe(v.boolean(), v.description("Length 1; the model's own habit when absent."))),
  truncate: defaulted(
    v.pipe(
      v.union([v.picklist(['end', 'start']), v.literal(false)], '"end", "start" or false'),
      v.description('Which end of a text beyond the maximum is dropped; false refuses such a text.'),
    ),
    'end',
  ),
  deterministic: defaulted(
    v.pipe(v.boolean(), v.description('Bit-for-bit the same vector alone and in any batch; slower.')),
    false,
  ),
})

/** The answer of `POST /embed`. */
export const embedResponse = v.object({
  model: v.string(),
  revision: v.string(),
  precision: v.string(),
  dimensions: positive,
  embeddings: v.array(v.union([v.array(v.number()), v.string()])),
  scales: v.optional(v.pipe(v.array(v.number()), v.description('With int8: the scale of each vector.'))),
  usage: v.object({
    inputs: count,
    tokens: count,
    truncated: count,
    unknown: v.pipe(count, v.description('Inputs of which the model knows no token.')),
  }),
  warnings: v.array(v.string()),
  timing: v.object({
    coldStart: v.pipe(v.boolean(), v.description('Whether this request had to load the model.')),
    loadMs: milliseconds,
    tokenizeMs: milliseconds,
    inferenceMs: milliseconds,
  }),
})

/** One model of `GET /models`. */
export const modelDescription = v.object({
  id: v.string(),
  aliases: v.array(v.string()),
  task: v.picklist(['embed', 'rerank', 'generate']),
  dimensions: positive,
  matryoshka: v.pipe(v.array(positive), v.description('Shorter sizes that may be asked for.')),
  maxTokens: positive,
  languages: v.array(v.string()),
  license: v.string(),
  precision: v.string(),
  revision: v.string(),
  similarity: v.picklist(['cosine', 'dot']),
  bytes: v.pipe(count, v.description('Of all files of the model.')),
  loaded: v.boolean(),
  memoryBytes: v.pipe(count, v.description('That it takes now, as measured when it was loaded.')),
  loads: v.pipe(count, v.description('Since the process began.')),
  evictions: v.pipe(count, v.description('How often it left memory for another model.')),
  lastUsedAt: v.pipe(v.nullable(v.string()), v.description('A time of ISO 8601.')),
  deprecated: v.optional(v.object({ reason: v.string(), replacement: v.string() })),
  learned: v.optional(
    v.pipe(
      v.object({
        side: v.pipe(
          v.picklist(['table', 'query', 'both', 'distilled']),
          v.description(
            'table, distilled: a model of its own. query: a map behind the vectors of the base, of texts with the role query alone. both: of all texts.',
          ),
        ),
        base: v.pipe(v.string(), v.description('The model that it was learned on.')),
        revision: v.pipe(v.string(), v.description('Of the base.')),
        data: v.object({ sha256: v.string(), counts: v.record(v.string(), count) }),
        date: v.string(),
        forced: v.optional(
          v.pipe(
            v.literal(true),
            v.description('The report spoke against it, and it was written all the same.'),
          ),
        ),
        report: v.optional(v.pipe(v.string(), v.description('The file of the report beside the model.'))),
      }),
      v.description('Of a model that was learned from labelled texts: where it comes from.'),
    ),
  ),
  quality: v.pipe(
    v.object({
      note: v.pipe(v.string(), v.description('With which weights; "not measured here" where nobody did.')),
      scores: v.array(
        v.object({
          languages: v.pipe(v.string(), v.description('Of query and document: zh-en.')),
          task: v.string(),
          measure: v.pipe(v.string(), v.description('MRR, Spearman, …: 1 is best.')),
          on: v.pipe(v.string(), v.description('The set, by the name that npm run evaluate prints.')),
          value: v.number(),
          low: v.pipe(v.number(), v.description('Lower bound of the 95 % interval.')),
          high: v.pipe(v.number(), v.description('Upper bound of it.')),
        }),
      ),
    }),
    v.description('Measured by npm run evaluate: which model for which languages and task.'),
  ),
})

/** The answer of `GET /models`. */
export const modelsResponse = v.object({
  models: v.array(modelDescription),
  warnings: v.optional(
    v.pipe(v.array(v.string()), v.description('What is wrong with models that sources describe themselves.')),
  ),
})

/** The answer of `GET /health`. */
export const healthResponse = v.object({ status: v.literal('ok') })

/** The answer of `GET /ready`. */
export const readyResponse = v.object({ status: v.literal('ready') })

/** The answer of both when the process is not well, or should get no requests. */
export const unwellResponse = v.object({
  status: v.picklist(['not ok', 'not ready']),
  reason: v.pipe(v.string(), v.description('One sentence.')),
})

/** Every error of the native routes. */
export const errorResponse = v.object({
  error: v.object({
    code: v.picklist(ERROR_CODES),
    message: v.string(),
    details: v.record(v.string(), v.unknown()),
    retryable: v.boolean(),
    requestId: v.string(),
  }),
})

/** In capitals as servers of NVIDIA take them. */
const OPENAI_TRUNCATIONS = ['start', 'end', 'none', 'START', 'END', 'NONE'] as const

/** `POST /v1/embeddings`, as OpenAI documents it; fields it does not know are let through. */
export const openAiEmbedRequest = v.object({
  input,
  model: modelName,
  encoding_format: defaulted(v.picklist(['float', 'base64']), 'float'),
  dimensions: optional(positive),
  user: optional(v.string()),
  truncate: defaulted(
    v.pipe(
      v.union([v.boolean(), v.picklist(OPENAI_TRUNCATIONS)], 'false, true, "start", "end" or "none"'),
      v.description(
        'Ours: which end of a text beyond the maximum is dropped; false or "none" refuses such a text.',
      ),
    ),
    'end',
  ),
})

/** The answer of `POST /v1/embeddings`. */
export const openAiEmbedResponse = v.object({
  object: v.literal('list'),
  data: v.array(
    v.object({
      object: v.literal('embedding'),
      index: count,
      embedding: v.union([v.array(v.number()), v.string()]),
    }),
  ),
  model: v.string(),
  usage: v.object({
    prompt_tokens: count,
    total_tokens: count,
    truncated: v.optional(v.pipe(count, v.description('Inputs that lost tokens, when there are any.'))),
    unknown: v.optional(
      v.pipe(count, v.description('Inputs of which the model knows no token, when there are any.')),
    ),
  }),
})

/** One model of `GET /v1/models`. */
export const openAiModel = v.object({
  id: v.string(),
  object: v.literal('model'),
  created: count,
  owned_by: v.string(),
})

/** The answer of `GET /v1/models`. */
export const openAiModelsResponse = v.object({ object: v.literal('list'), data: v.array(openAiModel) })

/** Every error of the OpenAI routes. */
export const openAiErrorResponse = v.object({
  error: v.object({
    message: v.string(),
    type: v.string(),
    param: v.nullable(v.string()),
    code: v.nullable(v.string()),
  }),
})
