import type { Context } from '../../context.ts'
import { isRecord } from '../../is-record.ts'
import type { Choosing, Finish, GenerateOptions, Generator, Piece } from '../../models/generate/generator.ts'
import type { Message } from '../../models/generate/prompt.ts'
import { beginningOf } from './prompt.ts'

/** What a model said of one text. */
interface Verdict {
  /** The place in the texts. */
  readonly place: number
  /** The chance of yes, 0 to 1; undefined where the model said neither yes nor no. */
  readonly score: number | undefined
  /** Whether the text was longer than what was read. */
  readonly cut: boolean
  /** Whether the model named one of three verdicts, since it tells no probabilities. */
  readonly coarse: boolean
}

/** Most that a server of that interface tells. */
const TOP = 20
const VERDICTS: Readonly<Record<string, number>> = { no: 0, partly: 0.5, yes: 1 }
const SCHEMA = {
  type: 'object',
  properties: { verdict: { enum: Object.keys(VERDICTS) } },
  required: ['verdict'],
  additionalProperties: false,
}
const VERDICT_TOKENS = 24

/**
 * What a model says of each text, as it is known: by the probabilities of its answers, or of its first word where a server
 * tells those; else by one of three verdicts.
 *
 * @throws AppError as the model does
 */
export async function* askJudge(
  model: Pick<Generator, 'choose' | 'generate'>,
  question: Choosing,
  context: Context,
): AsyncGenerator<Verdict> {
  if (model.choose) {
    for await (const { place, probabilities, cut } of model.choose(question, context)) {
      yield { place, score: share(probabilities[0]!, probabilities[1]!), cut, coarse: false }
    }
    return
  }
  const { system, before, texts, after, textTokens } = question
  for (const [place, whole] of texts.entries()) {
    const text = beginningOf(whole, textTokens)
    const messages: Message[] = [
      ...(system === undefined ? [] : [{ role: 'system', content: system } as const]),
      { role: 'user', content: `${before}${text}${after}` },
    ]
    yield { place, cut: text.length < whole.length, ...(await verdictOn(model, messages, context)) }
  }
}

async function verdictOn(
  model: Pick<Generator, 'generate'>,
  messages: readonly Message[],
  context: Context,
): Promise<Pick<Verdict, 'score' | 'coarse'>> {
  const first = await answerOf(model, messages, { maxTokens: 1, temperature: 0, topLogprobs: TOP }, context)
  const [token] = first.flatMap(({ logprobs = [] }) => logprobs)
  if (token) {
    const chanceOf = (word: string) =>
      token.top
        .filter((one) => one.token.trim().toLowerCase() === word)
        .reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)
    const score = share(chanceOf('yes'), chanceOf('no'))
    // A model that thinks aloud says neither first; held to the schema it has to.
    if (score !== undefined) return { score, coarse: false }
  }
  const options = { maxTokens: VERDICT_TOKENS, temperature: 0, schema: SCHEMA }
  const text = (await answerOf(model, messages, options, context)).map((piece) => piece.text).join('')
  return { score: verdictIn(text), coarse: true }
}

async function answerOf(
  model: Pick<Generator, 'generate'>,
  messages: readonly Message[],
  options: GenerateOptions,
  context: Context,
): Promise<Piece[]> {
  const pieces: (Piece | Finish)[] = []
  for await (const part of model.generate(messages, options, context)) pieces.push(part)
  return pieces.filter((part) => part.kind === 'text')
}

/** Half an answer, or another shape, is no verdict. */
function verdictIn(text: string): number | undefined {
  try {
    const answer: unknown = JSON.parse(text)
    if (!isRecord(answer) || typeof answer.verdict !== 'string') return undefined
    return Object.hasOwn(VERDICTS, answer.verdict) ? VERDICTS[answer.verdict] : undefined
  } catch {
    return undefined
  }
}

function share(yes: number, no: number): number | undefined {
  return yes + no > 0 ? yes / (yes + no) : undefined
}
