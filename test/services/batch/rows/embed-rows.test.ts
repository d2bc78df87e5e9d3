import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../../src/context.ts'
import { AppError } from '../../../../src/errors.ts'
import { type EmbedInputs, embedInputs } from '../../../../src/services/batch/rows/embed-rows.ts'
import { rowOf } from '../../../../src/vector/matrix.ts'
import { createWordEngine } from '../../../support/word-engine.ts'

const context = createContext()

/** Embeds words, refuses `long…` and fails on `crash…`; counts the inputs that it looked at. */
function createEmbed() {
  const engine = createWordEngine()
  const seen = { inputs: 0 }
  const embed: EmbedInputs = async (inputs, inner) => {
    const long = inputs.findIndex((input) => String(input).startsWith('long'))
    seen.inputs += long < 0 ? inputs.length : long + 1
    if (long >= 0) {
      const details = { field: `input[${long}]` }
      throw new AppError('input_too_long', `input[${long}]: Too long.`, { details })
    }
    if (inputs.some((input) => String(input).startsWith('crash')))
      throw new AppError('inference_failed', 'Failed.')
    return engine.embed({ model: 'small', inputs, options: { dimensions: 4 } }, inner)
  }
  return { embed, seen }
}

describe('inputs of which some are refused', () => {
  it('leave the others with the vectors that they have alone, at most doubling the work', async () => {
    const text = fc.oneof(
      { weight: 4, arbitrary: fc.nat(50).map((number) => `text ${number}`) },
      fc.constant('long'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 40 }), async (inputs) => {
        const { embed, seen } = createEmbed()
        const { vectors, problems, inputTokens } = await embedInputs(
          inputs,
          { dimensions: 4, isolate: false, embed },
          context,
        )
        expect(seen.inputs).toBeLessThanOrEqual(2 * inputs.length)
        for (const [index, input] of inputs.entries()) {
          expect(problems.has(index)).toBe(input === 'long')
          expect(inputTokens[index]).toBe(input === 'long' ? 0 : 2)
          if (input === 'long') expect(rowOf(vectors, index)).toEqual(new Float32Array(4))
          else
            expect(rowOf(vectors, index)).toEqual((await createEmbed().embed([input], context)).vectors.data)
        }
      }),
    )
  })

  it('make the whole fail when the model does, unless it is to be isolated', async () => {
    const inputs = ['a', 'crash', 'b', 'c', 'crash', 'long']
    const { embed } = createEmbed()
    await expect(embedInputs(inputs, { dimensions: 4, isolate: false, embed }, context)).rejects.toThrow(
      'Failed.',
    )
    const { problems, retries } = await embedInputs(inputs, { dimensions: 4, isolate: true, embed }, context)
    expect([...problems].sort().map(([index, { code }]) => [index, code])).toEqual([
      [1, 'inference_failed'],
      [4, 'inference_failed'],
      [5, 'input_too_long'],
    ])
    expect(retries).toBeGreaterThan(0)
  })

  it('fail as a whole when the model fails on nearly all of them', async () => {
    const { embed } = createEmbed()
    const inputs = Array.from({ length: 500 }, () => 'crash')
    await expect(embedInputs(inputs, { dimensions: 4, isolate: true, embed }, context)).rejects.toMatchObject(
      {
        code: 'inference_failed',
      },
    )
  })

  it.each([
    new AppError('upstream_failed', 'No answer.'),
    new AppError('input_too_long', 'Which one?'),
    new AppError('input_too_long', 'Beyond the last.', { details: { field: 'input[9]' } }),
    new Error('unknown'),
  ])('pass on %s', async (error) => {
    const embed: EmbedInputs = () => Promise.reject(error)
    await expect(embedInputs(['a'], { dimensions: 4, isolate: false, embed }, context)).rejects.toBe(error)
  })
})
