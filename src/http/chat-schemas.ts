import * as v from 'valibot'
import { count, defaulted, modelName, optional, positive } from './fields.ts'

/** A list of OpenAI's that is not served, and would change what is answered: only absent, null or empty. */
function nothing(what: string) {
  const expected = `nothing, since ${what} are not served`
  return optional(v.pipe(v.array(v.unknown(), expected), v.maxLength(0, expected)))
}

const said = v.pipe(
  v.string(),
  v.check((text) => !text.includes('\0'), 'a text without null characters'),
  v.check((text) => text.isWellFormed(), 'whole characters; it has half of a surrogate pair'),
)

const textPart = v.object({
  type: v.literal('text', '"text", since images, sounds and files are not read'),
  text: said,
})

const ROLES = ['system', 'developer', 'user', 'assistant'] as const

const message = v.object({
  role: v.picklist(ROLES, `${ROLES.join(', ')}; tools are not served`),
  content: v.union([said, v.array(textPart)], 'a text, or a list of parts of the type text'),
  tool_calls: nothing('tools'),
})

const ONLY_TEXT = '["text"], since nothing else is answered'
const MOST_MESSAGES = 1024
const MOST_STOPS = 4
const MOST_ALTERNATIVES = 20
const MOST_SEED = Number.MAX_SAFE_INTEGER
/** Characters of a JSON schema. */
const MOST_SCHEMA = 65_536

const jsonSchema = v.pipe(
  v.record(v.string(), v.unknown()),
  v.check(
    (schema) => JSON.stringify(schema).length <= MOST_SCHEMA,
    `a schema of at most ${MOST_SCHEMA} characters`,
  ),
)

const responseFormat = v.variant(
  'type',
  [
    v.object({ type: v.literal('text') }),
    v.object({ type: v.literal('json_object') }),
    v.object({
      type: v.literal('json_schema'),
      json_schema: v.object({
        name: optional(v.string()),
        schema: jsonSchema,
        strict: optional(v.boolean()),
      }),
    }),
  ],
  'text, json_object or json_schema',
)

const stopText = v.pipe(said, v.minLength(1, 'a text of at least one character'))
const between = (least: number, most: number) =>
  v.pipe(
    v.number(),
    v.minValue(least, `a number from ${least} to ${most}`),
    v.maxValue(most, `a number from ${least} to ${most}`),
  )

/** The body of `POST /v1/chat/completions`: OpenAI's, of which what is not served is refused by its name. */
export const chatRequest = v.object({
  model: modelName,
  messages: v.pipe(
    v.array(message),
    v.minLength(1, 'at least one message'),
    v.maxLength(MOST_MESSAGES, `${MOST_MESSAGES} messages at most`),
    v.description('The conversation, a question of the role user last.'),
  ),
  max_tokens: optional(v.pipe(positive, v.description('Tokens of the answer; the older name.'))),
  max_completion_tokens: optional(v.pipe(positive, v.description('Tokens of the answer.'))),
  temperature: optional(v.pipe(between(0, 2), v.description('0 takes the likeliest token each time.'))),
  top_p: optional(
    v.pipe(
      v.number(),
      v.gtValue(0, 'a number above 0, at most 1'),
      v.maxValue(1, 'a number above 0, at most 1'),
    ),
  ),
  seed: optional(v.pipe(count, v.maxValue(MOST_SEED, `a number of at most ${MOST_SEED}`))),
  stop: optional(
    v.union(
      [stopText, v.pipe(v.array(stopText), v.maxLength(MOST_STOPS, `${MOST_STOPS} texts at most`))],
      `a text, or a list of at most ${MOST_STOPS} texts`,
    ),
  ),
  stream: defaulted(v.boolean(), false),
  stream_options: optional(v.object({ include_usage: defaulted(v.boolean(), false) })),
  response_format: optional(responseFormat),
  logprobs: defaulted(v.boolean(), false),
  top_logprobs: optional(
    v.pipe(count, v.maxValue(MOST_ALTERNATIVES, `a number of at most ${MOST_ALTERNATIVES}`)),
  ),
  n: optional(v.literal(1, '1, since one answer is given')),
  tools: nothing('tools'),
  functions: nothing('functions'),
  tool_choice: optional(v.literal('none', '"none", since tools are not served')),
  function_call: optional(v.literal('none', '"none", since functions are not served')),
  audio: nothing('sounds'),
  modalities: optional(v.array(v.literal('text', ONLY_TEXT), ONLY_TEXT)),
})

const logprob = v.object({ token: v.string(), logprob: v.number(), bytes: v.nullable(v.array(count)) })
const logprobs = v.nullable(
  v.object({ content: v.array(v.object({ ...logprob.entries, top_logprobs: v.array(logprob) })) }),
)
const usage = v.object({ prompt_tokens: count, completion_tokens: count, total_tokens: count })
const finishReason = v.pipe(
  v.picklist(['stop', 'length']),
  v.description('length: the tokens, the context or the time were used up.'),
)

/** The answer of `POST /v1/chat/completions`. */
export const chatResponse = v.object({
  id: v.string(),
  object: v.literal('chat.completion'),
  created: count,
  model: v.string(),
  choices: v.array(
    v.object({
      index: v.literal(0),
      message: v.object({ role: v.literal('assistant'), content: v.string(), refusal: v.null() }),
      logprobs,
      finish_reason: finishReason,
    }),
  ),
  usage: v.optional(usage),
})

/** One event of a streamed answer; the last of them, `[DONE]`, is none. */
export const chatChunk = v.object({
  id: v.string(),
  object: v.literal('chat.completion.chunk'),
  created: count,
  model: v.string(),
  choices: v.array(
    v.object({
      index: v.literal(0),
      delta: v.object({ role: v.optional(v.literal('assistant')), content: v.optional(v.string()) }),
      logprobs,
      finish_reason: v.nullable(finishReason),
    }),
  ),
  usage: v.optional(v.nullable(usage)),
})
