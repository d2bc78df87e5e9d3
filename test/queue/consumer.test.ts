import { expect, onTestFinished, test, vi } from 'vitest'
import { AppError } from '../../src/errors.ts'
import type { QueueMessage } from '../../src/lambda/batch-event.ts'
import { startConsumer } from '../../src/queue/consumer.ts'
import { MessageGone } from '../../src/queue/message-queue.ts'

type Answer = 'done' | 'failed' | 'thrown' | 'held'

/** A consumer over messages that are each worked on as `answers` says; `held` is worked on until it has to stop. */
function consume(
  answers: Readonly<Record<string, Answer>>,
  more: { concurrency?: number; failures?: unknown[] } = {},
) {
  const { concurrency = 4, failures = [] } = more
  const waiting = Object.keys(answers).map(messageOf)
  const seen = { removed: [] as string[], hidden: [] as [string, number][], asked: [] as number[] }
  const state = { inWork: 0, most: 0, gone: false, unremovable: false }
  const troubles: string[] = []
  const consumer = startConsumer({
    queue: {
      name: 'files',
      async receive(most, signal) {
        seen.asked.push(most)
        const failure = failures.shift()
        if (failure) throw failure
        if (waiting.length === 0) await aborted(signal)
        return waiting.splice(0, most)
      },
      async hide(receipt, seconds) {
        if (state.gone) throw new MessageGone('not in flight')
        seen.hidden.push([receipt, seconds])
      },
      async remove(receipt) {
        if (state.unremovable) throw new Error('503')
        seen.removed.push(receipt)
      },
    },
    handlerWith:
      (release) =>
      async (event, { signal } = {}) => {
        const [record] = (event as { Records: { messageId: string; receiptHandle: string }[] }).Records
        const { messageId: id, receiptHandle: receipt } = record!
        state.most = Math.max(state.most, ++state.inWork)
        if (answers[id] === 'held') await aborted(signal!)
        await new Promise((resolve) => setImmediate(resolve))
        state.inWork--
        if (answers[id] === 'thrown') throw new Error('The event is none.')
        if (answers[id] === 'done') return { batchItemFailures: [] }
        await release({ ...messageOf(id), receipt }, 7)
        return { batchItemFailures: [{ itemIdentifier: id }] }
      },
    concurrency,
    visibilitySeconds: 2,
    onTrouble: ({ message }, id) => troubles.push(`${id}: ${message}`),
  })
  onTestFinished(() => consumer.stop(0))
  return { consumer, seen, state, troubles }
}

const messageOf = (id: string): QueueMessage => ({
  ...{ id, receipt: `receipt of ${id}`, receiveCount: 1, queueArn: 'files', body: '{}' },
})

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })

test('removes what is done and leaves the rest, for as long as the handler says', async () => {
  const { consumer, seen, troubles } = consume({ a: 'done', b: 'failed', c: 'thrown', d: 'done' })
  await vi.waitFor(() => expect(consumer.counts()).toEqual({ done: 2, again: 2, lost: 0, inWork: 0 }))
  expect(seen.removed.sort()).toEqual(['receipt of a', 'receipt of d'])
  expect(seen.hidden).toEqual([['receipt of b', 7]])
  expect(troubles).toEqual([expect.stringMatching(/^c: /)])
})

test('has no more in work than it may, and asks for no more than it can begin', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `m${index}`)
  const { consumer, seen, state } = consume(Object.fromEntries(names.map((name) => [name, 'done'])), {
    concurrency: 3,
  })
  await vi.waitFor(() => expect(consumer.counts().done).toBe(30))
  expect(state.most).toBeLessThanOrEqual(3)
  expect(Math.max(...seen.asked)).toBe(3)
})

test('never asks for more than ten at once', async () => {
  const { consumer, seen } = consume({ a: 'done' }, { concurrency: 64 })
  await consumer.begun
  expect(seen.asked[0]).toBe(10)
})

test('gives up, and neither shows nor removes, a message that is not its own any more', async () => {
  const { consumer, seen, state } = consume({ a: 'held' })
  state.gone = true
  await vi.waitFor(() => expect(consumer.counts()).toEqual({ done: 0, again: 0, lost: 1, inWork: 0 }))
  expect([seen.removed, seen.hidden]).toEqual([[], []])
})

test('lets work end when it is asked to stop, takes nothing new, and stops the rest in time', async () => {
  const { consumer, seen } = consume({ a: 'held' })
  await vi.waitFor(() => expect(consumer.counts().inWork).toBe(1))
  await consumer.stop(20)
  expect(consumer.counts()).toEqual({ done: 0, again: 1, lost: 0, inWork: 0 })
  expect(seen.hidden.at(-1)).toEqual(['receipt of a', 7])
})

test('a message that cannot be removed counts as done: its job has ended, and is left as it is when it comes again', async () => {
  const { consumer, state, troubles } = consume({ a: 'failed', b: 'done' })
  state.unremovable = true
  await vi.waitFor(() => expect(consumer.counts()).toMatchObject({ done: 1, again: 1 }))
  expect(troubles).toEqual([
    expect.stringContaining('b: The queue did not remove a message whose job has ended'),
  ])
})

test('says why the queue gives nothing, and goes on when it does again', async () => {
  const outage = new AppError('upstream_failed', 'The queue gave no answer.')
  const { consumer, troubles } = consume({ a: 'done' }, { failures: [outage] })
  await vi.waitFor(() => expect(consumer.trouble()).toBe('The queue gave no answer.'))
  await consumer.begun
  expect(consumer.trouble()).toBeUndefined()
  expect(troubles).toEqual(['receive: The queue gave no answer.'])
})

test('ends at its start when waiting mends nothing', async () => {
  const absent = new AppError('upstream_failed', 'There is no such queue.', { retryable: false })
  const { consumer } = consume({}, { failures: [absent] })
  await expect(consumer.begun).rejects.toThrow('There is no such queue.')
})

test('can be stopped before the queue has answered', async () => {
  const { consumer } = consume({})
  await consumer.stop(0)
  await expect(consumer.begun).resolves.toBeUndefined()
})
