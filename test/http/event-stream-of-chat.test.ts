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

test('a chat whose next token takes long is kept alive by comments, each 15 s, and loses nothing', async () => {
  vi.useFakeTimers()
  let give = (_: object) => {}
  async function* events() {
    yield { token: 'a' }
    yield await new Promise<object>((resolve) => {
      give = resolve
    })
  }
  const failed = () => ({})
  const stream = eventStream(events(), { failed, stalled: () => new AppError('deadline_exceeded', 'Late.') })
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader()
  const read = async () => (await reader.read()).value
  expect(await read()).toBe('data: {"token":"a"}\n\n')
  for (let beat = 0; beat < 3; beat++) {
    const next = read()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(await next).toBe(': keep-alive\n\n')
  }
  give({ token: 'b' })
  expect([await read(), await read(), await read()]).toEqual([
    'data: {"token":"b"}\n\n',
    'data: [DONE]\n\n',
    undefined,
  ])
  vi.useRealTimers()
})
