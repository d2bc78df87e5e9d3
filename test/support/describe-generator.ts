import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Context, createContext } from '../../src/context.ts'
import type { Finish, GenerateOptions, Generator, Piece } from '../../src/models/generate/generator.ts'
import type { Message } from '../../src/models/generate/prompt.ts'
import { because } from './because.ts'

/** A language model, and what it can do. */
interface GeneratorUnderTest {
  readonly name: string
  readonly open: () => Promise<Generator>
  /** Why it cannot be tried here; its tests are skipped, and say so. */
  readonly absent?: string | undefined
  /** What it is asked; the longest answer must have more than 4 tokens. */
  readonly question?: string
  readonly can: {
    readonly logprobs: boolean
    readonly choose: boolean
  }
}

/** All of an answer. */
export async function answerOf(
  generator: Generator,
  messages: readonly Message[],
  options: GenerateOptions,
  context: Context = createContext(),
): Promise<{ readonly text: string; readonly pieces: readonly Piece[]; readonly finish: Finish }> {
  const pieces: Piece[] = []
  let finish: Finish | undefined
  for await (const piece of generator.generate(messages, options, context)) {
    if (finish) throw new Error('Something came behind the end.')
    if (piece.kind === 'text') pieces.push(piece)
    else finish = piece
  }
  if (!finish) throw new Error('The answer had no end.')
  return { text: pieces.map(({ text }) => text).join(''), pieces, finish }
}

/** What every language model promises, whichever runtime it has. */
export function describeGenerator(model: GeneratorUnderTest): void {
  const { name, open, absent, can } = model
  if (absent) console.warn(`SKIPPED: the contract of generators for ${name}: ${absent}`)
  describe.skipIf(absent)(`generating with ${name}${because(absent)}`, () => {
    let generator: Generator
    const asked: Message[] = [{ role: 'user', content: model.question ?? 'Once upon a time' }]
    const ask = (options: Partial<GenerateOptions> = {}, context?: Context) =>
      answerOf(generator, asked, { maxTokens: 8, temperature: 0, ...options }, context)
    beforeAll(async () => {
      generator = await open()
    })
    afterAll(() => generator?.close())

    it('answers in pieces, and says last why it ended and what it took', async () => {
      const { text, finish } = await ask()
      expect(text).not.toBe('')
      expect(['stop', 'length']).toContain(finish.reason)
      expect(finish.usage?.generatedTokens).toBeLessThanOrEqual(8)
      expect(finish.usage?.promptTokens).toBeGreaterThan(0)
    })

    it('stops at the most tokens asked for', async () => {
      const { finish } = await ask({ maxTokens: 2 })
      expect(finish).toMatchObject({ reason: 'length', usage: { generatedTokens: 2 } })
    })

    it('says the likeliest answer each time at temperature 0', async () => {
      expect((await ask()).text).toBe((await ask()).text)
    })

    it('says the same again with the same seed', async () => {
      const options = { temperature: 1, topP: 0.9, seed: 7 }
      expect((await ask(options)).text).toBe((await ask(options)).text)
    })

    it('ends before a stop text, which is not part of the answer', async () => {
      const { text } = await ask()
      const stop = text
        .slice(Math.ceil(text.length / 2))
        .trim()
        .slice(0, 3)
      const { text: short, finish } = await ask({ stop: [stop] })
      expect(stop).not.toBe('')
      expect(short).toBe(text.slice(0, text.indexOf(stop)))
      expect(finish.reason).toBe('stop')
    })

    it('gives nobody an answer whose caller has gone, and answers the next', async () => {
      const context = createContext({ signal: AbortSignal.abort() })
      await expect(ask({}, context)).rejects.toMatchObject({ code: 'deadline_exceeded' })
      expect((await ask()).text).not.toBe('')
    })

    it('answers the next question after one that was broken off', async () => {
      for await (const piece of generator.generate(
        asked,
        { maxTokens: 8, temperature: 0 },
        createContext(),
      )) {
        expect(piece.kind).toBe('text')
        break
      }
      expect((await ask()).text).not.toBe('')
    })

    it.skipIf(!can.logprobs)(
      `tells how likely tokens were where that is asked, and not otherwise${because(!can.logprobs && `${name} tells no probabilities of tokens`)}`,
      async () => {
        const { pieces } = await ask({ topLogprobs: 3 })
        const tokens = pieces.flatMap(({ logprobs }) => logprobs ?? [])
        expect(tokens.length).toBeGreaterThan(0)
        for (const { logprob, top } of tokens) {
          expect(top).toHaveLength(3)
          expect(logprob).toBeLessThanOrEqual(0)
          expect(Math.max(...top.map((entry) => entry.logprob))).toBeCloseTo(logprob, 4)
        }
        expect((await ask()).pieces.every(({ logprobs }) => logprobs === undefined)).toBe(true)
      },
    )

    it.skipIf(!can.choose)(
      `tells how likely each of a few answers is, for each text in order${because(!can.choose && `${name} chooses nothing`)}`,
      async () => {
        const texts = ['a cook', 'a nurse, for many years', 'a cook']
        const choosing = { before: 'Is ', texts, after: ' here?', choices: ['yes', 'no'], textTokens: 50 }
        const chosen = []
        for await (const one of generator.choose!(choosing, createContext())) chosen.push(one)
        expect(chosen.map(({ place }) => place)).toEqual([0, 1, 2])
        for (const { probabilities } of chosen) {
          expect(probabilities).toHaveLength(2)
          expect(Math.min(...probabilities)).toBeGreaterThanOrEqual(0)
          expect(probabilities[0]! + probabilities[1]!).toBeLessThanOrEqual(1 + 1e-6)
        }
        expect(chosen[0]!.probabilities[0]).toBeCloseTo(chosen[2]!.probabilities[0]!, 3)
      },
    )
  })
}
