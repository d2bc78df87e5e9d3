import { AppError } from '../../../errors.ts'
import type { Choosing, Chosen } from '../generator.ts'
import type { Message } from '../prompt.ts'
import { type IsStopped, refuseNaN } from './answer.ts'
import { evaluateChunks } from './evaluate-chunks.ts'
import { choiceTokens, cutText, refuseLong } from './prompt-tokens.ts'
import type { LlamaRuntime } from './runtime.ts'

/** How prompts are made and evaluated. */
interface ChoosingParts {
  readonly promptOf: (messages: readonly Message[]) => Promise<readonly number[]>
  readonly chunkTokens: number
  /** The choice whose chance a model tells that ranks by a head of its own; `yes` when absent. */
  readonly rankLabel?: string | undefined
}

/** More than the choices alone would hide a model whose numbers are none. */
const TOP = 1

/**
 * How likely each choice is behind each text. Prompts that begin alike share what was evaluated of the beginning: the
 * cache keeps it, and only what differs is evaluated for the next text.
 */
export async function* choose(
  runtime: LlamaRuntime,
  { promptOf, chunkTokens, rankLabel = 'yes' }: ChoosingParts,
  { system, before, texts, after, choices, textTokens }: Choosing,
  isStopped: IsStopped,
): AsyncGenerator<{ readonly kind: 'chosen' } & Chosen> {
  const ask = runtime.rank
    ? rankerOf(runtime.rank, choices, rankLabel)
    : chancesBy(runtime, choiceTokens(choices, runtime))
  const instruction: Message[] = system === undefined ? [] : [{ role: 'system', content: system }]
  const promptWith = (text: string) =>
    promptOf([...instruction, { role: 'user', content: `${before}${text}${after}` }])
  // What stands around the text leaves so much room for it.
  const room = Math.max(0, runtime.contextTokens - (await promptWith('')).length - 1)
  for (const [place, whole] of texts.entries()) {
    const { text, cut } = cutText(whole, Math.min(textTokens, room), runtime)
    const prompt = await promptWith(text)
    refuseLong(prompt.length, runtime.contextTokens)
    const kept = await runtime.keep(prompt.slice(0, -1))
    if (!(await evaluateChunks(runtime, prompt.slice(kept, -1), chunkTokens, isStopped))) return
    const probabilities = await ask(prompt.at(-1)!)
    yield { kind: 'chosen', place, probabilities, cut, evaluatedTokens: prompt.length - kept }
  }
}

type Ask = (token: number) => Promise<number[]>

/** By the chances of the tokens that begin each choice. */
function chancesBy(runtime: LlamaRuntime, tokens: readonly (readonly number[])[]): Ask {
  return async (last) => {
    const known = new Map(refuseNaN(await runtime.likely(last, { top: TOP, tokens: tokens.flat() })))
    return tokens.map((own) => own.reduce((sum, token) => sum + Math.exp(known.get(token)!), 0))
  }
}

/** By a head of the model's own, which knows two answers; `label` is the one whose chance it tells. */
function rankerOf(rank: NonNullable<LlamaRuntime['rank']>, choices: readonly string[], label: string): Ask {
  const own = choices.indexOf(label.toLowerCase())
  if (own < 0 || choices.length !== 2) {
    throw new AppError(
      'unsupported_task',
      `This model ranks by a head of its own, which tells the chance of ${JSON.stringify(label.slice(0, 40))}, and cannot choose among ${choices.join(' and ')}; take another model.`,
    )
  }
  return async (last) => {
    const [[, chance]] = refuseNaN([[last, await rank(last)]]) as [readonly [number, number]]
    return choices.map((_, place) => (place === own ? chance : 1 - chance))
  }
}
