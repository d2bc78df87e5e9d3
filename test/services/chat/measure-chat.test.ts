import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import type { Finish, Piece } from '../../../src/models/generate/generator.ts'
import { measuredAnswer } from '../../../src/services/chat/measure-answer.ts'

const piece = (text: string): Piece => ({ kind: 'text', text })
const pause = () => new Promise((resolve) => setImmediate(resolve))

async function* story(finish?: Finish): AsyncGenerator<Piece | Finish> {
  for (const text of ['Once', ' upon', ' a']) {
    await pause()
    yield piece(text)
  }
  if (finish) yield finish
}

/** What an answer, read up to so many pieces, adds to the measurements of its model. */
async function measure(answer: AsyncIterable<Piece | Finish>, most = Number.POSITIVE_INFINITY) {
  const context = createContext()
  let read = 0
  try {
    for await (const _ of measuredAnswer(context, 'story', answer)) if (++read >= most) break
  } catch {
    // Counted as well.
  }
  return new Map(context.metrics.entries()).get('story')!
}

describe('what a chat measures of its model', () => {
  it('counts tokens as the model does, and times the first one and the pace of the others', async () => {
    const usage = { promptTokens: 20, generatedTokens: 4 }
    const values = await measure(story({ kind: 'finish', reason: 'stop', usage }))
    expect([values.get('Requests'), values.get('PromptTokens'), values.get('GeneratedTokens')]).toEqual([
      1, 20, 4,
    ])
    const [first, latency] = [values.get('TimeToFirstToken')!, values.get('Latency')!]
    expect([first > 0, latency > first]).toEqual([true, true])
    // Three tokens came behind the first, in less time than the whole took.
    expect(values.get('TokensPerSecond')).toBeGreaterThan(3000 / latency)
  })

  it('counts the pieces of an answer that nobody read to its end', async () => {
    const values = await measure(story(), 2)
    expect([values.get('PromptTokens'), values.get('GeneratedTokens')]).toEqual([0, 2])
    expect([values.has('TimeToFirstToken'), values.has('TokensPerSecond')]).toEqual([true, false])
  })

  it('tells no pace of a single token, and no first one of an answer that failed before it', async () => {
    async function* single(): AsyncGenerator<Piece | Finish> {
      yield piece('Yes')
      yield { kind: 'finish', reason: 'length', usage: { promptTokens: 5, generatedTokens: 1 } }
    }
    expect((await measure(single())).has('TokensPerSecond')).toBe(false)
    // biome-ignore lint/correctness/useYield: it fails before its first piece.
    async function* failing(): AsyncGenerator<Piece | Finish> {
      throw new AppError('inference_failed', 'NaN.')
    }
    const failed = await measure(failing())
    expect([failed.get('Errors/inference_failed'), failed.has('TimeToFirstToken')]).toEqual([1, false])
  })
})
