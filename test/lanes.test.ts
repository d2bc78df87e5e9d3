import { expect, it, vi } from 'vitest'
import { createContext } from '../src/context.ts'
import { inLanes } from '../src/lanes.ts'

it('works on each index once, and on no more at a time than there are lanes', async () => {
  const done: number[] = []
  let [now, most] = [0, 0]
  await inLanes(10, 3, createContext(), async (index) => {
    most = Math.max(most, ++now)
    await new Promise(setImmediate)
    now--
    done.push(index)
  })
  expect(done.sort((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(most).toBe(3)
})

it('throws the first failure when the others have stopped, and begins no more', async () => {
  const begun: number[] = []
  let stopped = false
  const working = inLanes(10, 2, createContext(), async (index, { signal }) => {
    begun.push(index)
    if (index === 0) throw new RangeError('first')
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    stopped = true
    throw new Error('second')
  })
  await expect(working).rejects.toThrow('first')
  expect([begun, stopped]).toEqual([[0, 1], true])
})

it('has nothing to do for no index', async () => {
  const work = vi.fn(async () => {})
  await inLanes(0, 4, createContext(), work)
  expect(work).not.toHaveBeenCalled()
})
