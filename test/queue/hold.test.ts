import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { holdMessage } from '../../src/queue/hold.ts'
import { MessageGone } from '../../src/queue/message-queue.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A hold of 30 s over a queue that answers each prolongation in turn, and with success when there are no more answers. */
function hold(...answers: (Error | 'never')[]) {
  const hidden: { readonly at: number; readonly seconds: number; readonly limitMs: number }[] = []
  const troubles: string[] = []
  const start = performance.now()
  const held = holdMessage({
    queue: {
      async hide(_, seconds, limitMs) {
        hidden.push({ at: performance.now() - start, seconds, limitMs })
        const answer = answers.shift()
        if (answer === 'never') {
          await new Promise((_, reject) => setTimeout(reject, limitMs, new Error('no answer in time')))
        }
        if (answer) throw answer
      },
    },
    receipt: 'receipt',
    seconds: 30,
    onTrouble: ({ message }) => troubles.push(message),
  })
  return { held, hidden, troubles }
}

const refused = () => new Error('503')

test('hides the message anew each time that a third of its time is over', async () => {
  const { held, hidden } = hold()
  await vi.advanceTimersByTimeAsync(65_000)
  expect(hidden.map(({ at, seconds }) => [at / 1000, seconds])).toEqual(
    [10, 20, 30, 40, 50, 60].map((at) => [at, 30]),
  )
  expect(held.signal.aborted).toBe(false)
})

test('tries again soon after a failure, and says for how long the message is still hidden', async () => {
  const { held, hidden, troubles } = hold(refused(), refused())
  await vi.advanceTimersByTimeAsync(16_000)
  expect(hidden.map(({ at }) => at / 1000)).toEqual([10, 12.5, 15])
  expect(troubles).toEqual([
    expect.stringContaining('hidden for 20.0 s more'),
    expect.stringContaining('hidden for 17.5 s more'),
  ])
  await vi.advanceTimersByTimeAsync(28_000)
  expect(held.signal.aborted).toBe(false)
})

test('gives the message up when its time ends before a try succeeds', async () => {
  const { held, troubles } = hold(...Array.from({ length: 20 }, refused))
  await vi.advanceTimersByTimeAsync(29_000)
  expect(held.signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1500)
  expect(held.signal.aborted).toBe(true)
  expect(held.signal.reason).toMatchObject({ code: 'deadline_exceeded', retryable: true })
  expect(troubles.at(-1)).toContain('its 30 s were over')
})

test('waits for no answer longer than the message is hidden', async () => {
  const { held, hidden } = hold('never', 'never', 'never', 'never')
  await vi.advanceTimersByTimeAsync(31_000)
  for (const { at, limitMs } of hidden) expect(at + limitMs).toBeLessThanOrEqual(30_000)
  expect(held.signal.aborted).toBe(true)
})

test('gives the message up at once when the queue says that it is not ours', async () => {
  const { held, hidden } = hold(new MessageGone('not in flight'))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(hidden).toHaveLength(1)
  expect(held.signal.reason.message).toContain('not in work here')
})

test('asks the queue for nothing after the process was frozen for longer than the message was hidden', async () => {
  const { held, hidden } = hold()
  const now = performance.now()
  vi.spyOn(performance, 'now').mockReturnValue(now + 40_000)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(hidden).toEqual([])
  expect(held.signal.aborted).toBe(true)
})

test('lets time run once it is stopped', async () => {
  const { held, hidden } = hold()
  await held.stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect([hidden, held.signal.aborted]).toEqual([[], false])
})
