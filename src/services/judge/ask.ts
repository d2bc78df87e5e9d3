import type { Context } from '../../context.ts'
import type { Choosing, Finish, GenerateOptions, Generator, Piece } from '../../models/generate/generator.ts'
import type { Message } from '../../models/generate/prompt.ts'
import { isRefusal, objectIn } from './answers.ts'
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
/** What a server may be asked for, best first; without any of it, it says a word. */
const WAYS: readonly Partial<GenerateOptions>[] = [{ maxTokens: 1, topLogprobs: TOP }, { schema: SCHEMA }, {}]

/**
 * What a model says of each text, as it is known: by the probabilities of its answers, or of its first word where a server
 * tells those; else by one of three verdicts. What a server refuses to serve it is not asked for again.
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
  let ways = WAYS
  const ask = async (messages: readonly Message[]): Promise<Pick<Verdict, 'score' | 'coarse'>> => {
    for (const way of ways) {
      const verdict = await verdictBy(model, messages, way, context)
      const coarse = way.topLogprobs === undefined
      if (verdict === 'refused') ways = ways.filter((other) => other !== way)
      else if (verdict !== undefined || coarse) return { score: verdict, coarse }
    }
    return { score: undefined, coarse: true }
  }
  for (const [place, whole] of texts.entries()) {
    const text = beginningOf(whole, textTokens)
    const messages: Message[] = [
      ...(system === undefined ? [] : [{ role: 'system', content: system } as const]),
      { role: 'user', content: `${before}${text}${after}` },
    ]
    yield { place, cut: text.length < whole.length, ...(await ask(messages)) }
  }
}

/**
 * @returns the chance of yes, undefined for an answer that is no verdict
 * @throws AppError as the model does, also for a refusal of a question that asks for nothing
 */
async function verdictBy(
  model: Pick<Generator, 'generate'>,
  messages: readonly Message[],
  way: Partial<GenerateOptions>,
  context: Context,
): Promise<number | 'refused' | undefined> {
  let pieces: Piece[]
  try {
    pieces = await answerOf(model, messages, { maxTokens: VERDICT_TOKENS, temperature: 0, ...way }, context)
  } catch (error) {
    if (!isRefusal(error) || Object.keys(way).length === 0) throw error
    return 'refused'
  }
  // A model that thinks aloud says neither first; held to the schema it has to.
  if (way.topLogprobs !== undefined) return chanceIn(pieces)
  return verdictIn(pieces.map((piece) => piece.text).join(''))
}

function chanceIn(pieces: readonly Piece[]): number | undefined {
  const [token] = pieces.flatMap(({ logprobs = [] }) => logprobs)
  const chanceOf = (word: string) =>
    (token?.top ?? [])
      .filter((one) => one.token.trim().toLowerCase() === word)
      .reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)
  return share(chanceOf('yes'), chanceOf('no'))
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

/** JSON, with signs of Markdown around it or none, or the word alone. Half an answer, or another shape, is no verdict. */
function verdictIn(text: string): number | undefined {
  const word = /^\W*(no|partly|yes)\W*$/i.exec(text)?.[1]?.toLowerCase()
  if (word !== undefined) return VERDICTS[word]
  const verdict = objectIn(text)?.verdict
  return typeof verdict === 'string' && Object.hasOwn(VERDICTS, verdict) ? VERDICTS[verdict] : undefined
}

function share(yes: number, no: number): number | undefined {
  return yes + no > 0 ? yes / (yes + no) : undefined
}
