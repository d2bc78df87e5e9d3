import { expect, test } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import type { GenerateOptions, Piece } from '../../../src/models/generate/generator.ts'
import { askJudge } from '../../../src/services/judge/ask.ts'
import { questionOf } from '../../../src/services/judge/prompt.ts'

type Option = 'topLogprobs' | 'schema'

/** A server that refuses questions with some options, and what it was asked with. */
function serverWithout(...refused: readonly Option[]) {
  const asked: (Option | 'nothing')[] = []
  async function* generate(_: unknown, options: GenerateOptions): AsyncGenerator<Piece> {
    const option = (['topLogprobs', 'schema'] as const).find((one) => options[one] !== undefined)
    asked.push(option ?? 'nothing')
    if (option && refused.includes(option)) {
      throw new AppError('upstream_failed', 'The server of the model answered 400.', { retryable: false })
    }
    yield { kind: 'text', text: option === 'schema' ? '{"verdict":"partly"}' : 'Yes' }
  }
  return { asked, generate }
}

async function verdictsOf(server: ReturnType<typeof serverWithout>) {
  const scores: unknown[] = []
  const question = questionOf('Nurse', ['a nurse', 'a cook'], 300)
  for await (const { score } of askJudge(server, question, createContext())) scores.push(score)
  return scores
}

test('takes a verdict by a schema where a server refuses to tell probabilities, which it is asked for once', async () => {
  const server = serverWithout('topLogprobs')
  expect(await verdictsOf(server)).toEqual([0.5, 0.5])
  expect(server.asked).toEqual(['topLogprobs', 'schema', 'schema'])
})

test('takes the word of a server that refuses schemas, too', async () => {
  const server = serverWithout('topLogprobs', 'schema')
  expect(await verdictsOf(server)).toEqual([1, 1])
  expect(server.asked).toEqual(['topLogprobs', 'schema', 'nothing', 'nothing'])
})

test('fails with a server that refuses any question', async () => {
  const refusal = new AppError('upstream_failed', 'The server of the model answered 401.', {
    retryable: false,
  })
  const generate = () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(refusal) }) })
  await expect(verdictsOf({ asked: [], generate } as never)).rejects.toBe(refusal)
})
