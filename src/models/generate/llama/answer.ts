import { AppError } from '../../../errors.ts'
import type { ChosenToken, Finish, GenerateOptions, Piece } from '../generator.ts'
import { createSampler, type LikelyToken } from '../sampling.ts'
import { createStopFilter } from '../stop-texts.ts'
import { grammarSchema } from './grammar-schema.ts'
import { createJsonEnd } from './json-end.ts'
import type { DrawnToken, LlamaRuntime } from './runtime.ts'

/** What a caller who says nothing gets: varied, and held to what is likely. */
const TEMPERATURE = 0.7
const TOP_P = 0.95
/** Of so many of the likeliest tokens one is drawn; what is beyond them is noise. */
const DRAWN_FROM = 128
/** Longest character in tokens: UTF-8 has 4 bytes, each of which may be a token. */
const MOST_HELD = 8
/** Tokens before an answer that show whether its first word begins with a space. */
const BEFORE = 8

/** Whether the caller has gone, or the time is up. */
export type IsStopped = () => boolean

/**
 * Goes on behind a prompt, token by token, until the model ends its answer, a stop text comes, or the tokens are used up.
 *
 * @param prompt whose tokens but the last are in the cache
 * @throws AppError `inference_failed` where the model's numbers are none, `invalid_request` for a schema
 */
export async function* answer(
  runtime: LlamaRuntime,
  prompt: readonly number[],
  options: GenerateOptions,
  isStopped: IsStopped,
): AsyncGenerator<Piece | Finish> {
  const most = Math.min(options.maxTokens, runtime.contextTokens - prompt.length)
  const filter = createStopFilter(options.stop)
  const teller = createTeller(runtime, prompt.slice(-BEFORE))
  const upTo = options.schema ? createJsonEnd() : endless
  let generated = 0
  let cut = false
  let held: ChosenToken[] = []
  let reason: Finish['reason'] | undefined
  for await (const drawn of drawnTokens(runtime, prompt.at(-1)!, options, isStopped)) {
    generated += 1
    if (runtime.endsAnswer(drawn.token)) reason = 'stop'
    else {
      const told = upTo(teller.tell(drawn.token))
      const passed = filter.pass(told.text)
      if (options.topLogprobs !== undefined) held.push(chosenOf(drawn, options.topLogprobs, teller.name))
      if (passed.text !== '') {
        yield { kind: 'text', text: passed.text, ...(held.length > 0 && { logprobs: held }) }
        held = []
      }
      cut = passed.stopped
      if (cut || told.ended) reason = 'stop'
    }
    if (reason ?? generated >= most) break
  }
  const last = cut ? '' : filter.pass(teller.rest()).text + filter.rest()
  if (last !== '') yield { kind: 'text', text: last, ...(held.length > 0 && { logprobs: held }) }
  const usage = { promptTokens: prompt.length, generatedTokens: generated }
  yield { kind: 'finish', reason: reason ?? (isStopped() ? 'deadline' : 'length'), usage }
}

/** Of a text that may have any end. */
const endless = (text: string) => ({ text, ended: false })

async function* drawnTokens(
  runtime: LlamaRuntime,
  last: number,
  { temperature = TEMPERATURE, topP = TOP_P, seed, schema, topLogprobs: top }: GenerateOptions,
  isStopped: IsStopped,
): AsyncGenerator<DrawnToken> {
  if (schema) {
    const options = { schema: grammarSchema(schema), temperature, topP, seed, top }
    for await (const drawn of runtime.constrained(last, options)) {
      yield drawn
      if (isStopped()) return
    }
    return
  }
  const draw = createSampler({ temperature, topP, seed })
  // Drawing goes by ratios; only who is told the chances needs them over all tokens.
  const wanted = { top: Math.max(temperature > 0 ? DRAWN_FROM : 1, top ?? 0), ratios: top === undefined }
  for (let token = last; !isStopped(); ) {
    const likely = await runtime.likely(token, wanted)
    token = draw(refuseNaN(likely))[0]
    yield { token, likely }
  }
}

/** @throws AppError `inference_failed` for numbers that are none */
export function refuseNaN(likely: readonly LikelyToken[]): readonly LikelyToken[] {
  if (likely.length > 0 && likely.every(([, logprob]) => !Number.isNaN(logprob))) return likely
  throw new AppError(
    'inference_failed',
    'The model computed no numbers for this prompt (NaN); verify its file with "npm run models -- verify".',
  )
}

function chosenOf({ token, likely }: DrawnToken, top: number, name: (token: number) => string): ChosenToken {
  const own = likely.find(([one]) => one === token)?.[1] ?? 0
  return {
    token: name(token),
    logprob: own,
    top: likely.slice(0, top).map(([one, logprob]) => ({ token: name(one), logprob })),
  }
}

/** Makes text of tokens: characters that are spread over several come when they are whole. */
function createTeller(runtime: LlamaRuntime, before: readonly number[]) {
  let behind = [...before]
  let pending: number[] = []
  const textOf = () => runtime.textOf(pending, behind)
  const take = (text: string) => {
    behind = [...behind, ...pending].slice(-BEFORE)
    pending = []
    return text
  }
  return {
    tell(token: number): string {
      pending.push(token)
      const text = textOf()
      return text.endsWith('\uFFFD') && pending.length < MOST_HELD ? '' : take(text)
    },
    rest: () => take(textOf()),
    name: (token: number) => runtime.textOf([token], []),
  }
}
