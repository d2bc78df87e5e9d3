import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createLine } from '../../../src/models/generate/line.ts'
import { greatest, likeliest, logSum } from '../../../src/models/generate/seq2seq/logits.ts'

const numbers = fc
  .array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 30 })
  .map((list) => Float32Array.from(list))

describe('choosing a token', () => {
  it('takes the likeliest one, the first of several', () => {
    fc.assert(
      fc.property(numbers, (logits) => {
        expect(likeliest(logits)).toBe(logits.indexOf(Math.max(...logits)))
      }),
    )
  })

  it('makes chances that are 1 together, and refuses NaN and infinities', () => {
    fc.assert(
      fc.property(numbers, (logits) => {
        const whole = logSum(logits, 'm')
        expect(logits.reduce((sum, logit) => sum + Math.exp(logit - whole), 0)).toBeCloseTo(1, 4)
      }),
    )
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => logSum(Float32Array.from([1, wrong]), 'm')).toThrow('NaN or an infinity')
  })

  it('lists the greatest numbers in order, as a sort does', () => {
    fc.assert(
      fc.property(numbers, fc.nat(25), (logits, count) => {
        const sorted = Array.from(logits.keys()).sort(
          (one, other) => logits[other]! - logits[one]! || one - other,
        )
        expect(greatest(logits, count)).toEqual(sorted.slice(0, count))
      }),
    )
  })
})

describe('a line before something that serves one at a time', () => {
  it('lets in the next in order, past those who have gone', async () => {
    const line = createLine('m', 3)
    const leave = await line.enter(createContext())
    const order: string[] = []
    const wait = async (name: string, signal?: AbortSignal) => {
      const done = await line.enter(createContext(signal && { signal }))
      order.push(name)
      done()
    }
    const gone = new AbortController()
    const all = [wait('first'), wait('gone', gone.signal).catch(() => order.push('left')), wait('second')]
    gone.abort()
    await expect(line.enter(createContext({ deadline: 1 }))).rejects.toMatchObject({
      code: 'deadline_exceeded',
    })
    leave()
    await Promise.all(all)
    expect(order).toEqual(['left', 'first', 'second'])
  })

  it('adds each wait to the measurements of the model, that of nobody too', async () => {
    const line = createLine('m', 3)
    const [first, second] = [createContext(), createContext()]
    const leave = await line.enter(first)
    const waiting = line.enter(second)
    await new Promise((resolve) => setImmediate(resolve))
    leave()
    await waiting
    const waitOf = ({ metrics }: typeof first) => new Map(metrics.entries()).get('m')?.get('QueueTime')
    expect(waitOf(first)).toBe(0)
    expect(waitOf(second)).toBeGreaterThan(0)
  })

  it('ends a wait at the deadline', async () => {
    const line = createLine('m', 1)
    await line.enter(createContext())
    const waiting = line.enter(createContext({ deadline: Date.now() + 20 }))
    await expect(waiting).rejects.toMatchObject({ code: 'deadline_exceeded' })
  })
})
