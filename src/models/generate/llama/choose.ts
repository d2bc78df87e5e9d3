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
}

/** More than the choices alone would hide a model whose numbers are none. */
const TOP = 1

/**
 * How likely each choice is behind each text. Prompts that begin alike share what was evaluated of the beginning: the
 * cache keeps it, and only what differs is evaluated for the next text.
 */
export async function* choose(
  runtime: LlamaRuntime,
  { promptOf, chunkTokens }: ChoosingParts,
  { system, before, texts, after, choices, textTokens }: Choosing,
  isStopped: IsStopped,
): AsyncGenerator<{ readonly kind: 'chosen' } & Chosen> {
  const tokens = choiceTokens(choices, runtime)
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
    const likely = refuseNaN(await runtime.likely(prompt.at(-1)!, { top: TOP, tokens: tokens.flat() }))
    const known = new Map(likely)
    yield {
      kind: 'chosen',
      place,
      probabilities: tokens.map((own) => own.reduce((sum, token) => sum + Math.exp(known.get(token)!), 0)),
      cut,
      evaluatedTokens: prompt.length - kept,
    }
  }
}
