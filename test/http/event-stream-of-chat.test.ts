import { expect, test, vi } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { eventStream } from '../../src/http/event-stream.ts'

test('a reader of a chat who takes nothing for too long loses it, and the model goes free', async () => {
  vi.useFakeTimers()
  let isFree = false
  async function* events() {
    try {
      for (;;) yield { token: 'a' }
    } finally {
      isFree = true
    }
  }
  const stalled = new AppError('deadline_exceeded', 'Nothing was read.')
  const stream = eventStream(events(), { failed: () => ({}), stalled: () => stalled, stallMs: 1000 })
  const reader = stream.getReader()
  await reader.read()
  await vi.advanceTimersByTimeAsync(999)
  await reader.read()
  expect(isFree).toBe(false)
  await vi.advanceTimersByTimeAsync(1001)
  expect(isFree).toBe(true)
  await expect(reader.read()).rejects.toBe(stalled)
  vi.useRealTimers()
})
