import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createContext } from '../../../../src/context.ts'
import { countAttempts, type Note, noteAttempt } from '../../../../src/services/batch/work/attempts.ts'
import { createMemoryStore } from '../../../support/memory-store.ts'

const attemptsOf = (shardsAtEachTry: readonly number[]) => {
  let note: Note | undefined
  return shardsAtEachTry.map((shards, index) => {
    const counted = countAttempts(note, { id: 'm', receiveCount: index + 1 }, shards)
    note = counted.note
    return counted.attempts
  })
}

it('tries are counted from the last progress', () => {
  expect(attemptsOf([0, 0, 0])).toEqual([1, 2, 3])
  expect(attemptsOf([0, 3, 3, 5, 5, 5])).toEqual([1, 1, 2, 1, 2, 3])
})

it('a message that makes progress is never given up, and one that makes none always is', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 50 }), (steps) => {
      let shards = 0
      const progress = attemptsOf(steps.map((step) => (shards += step)))
      expect(Math.max(...progress)).toBe(1)
      expect(attemptsOf(steps.map(() => 7)).at(-1)).toBe(steps.length)
    }),
  )
})

it('the first try leaves no note, later ones find it', async () => {
  const store = createMemoryStore()
  const context = createContext()
  const attempt = (receiveCount: number, shards: number) =>
    noteAttempt(store, 'note', { id: 'm', receiveCount }, shards, context)
  expect(await attempt(1, 0)).toBe(1)
  expect(await store.stat('note')).toBeUndefined()
  expect([await attempt(2, 0), await attempt(3, 0), await attempt(4, 1), await attempt(5, 1)]).toEqual([
    2, 3, 1, 2,
  ])
})
