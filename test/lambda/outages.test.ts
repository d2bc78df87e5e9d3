import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { createBatchHandler } from '../../src/lambda/batch-handler.ts'
import { createBatchService } from '../../src/services/batch/batch.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { createBucket, readOutput, rowsOfText, testBatchParts } from '../support/batch-service.ts'
import { objectCreated, queueEvent } from '../support/queue-events.ts'
import { createWordEngine } from '../support/word-engine.ts'

const KEY = 'input/rows.jsonl'
const MINUTE_MS = 60_000
const OUTAGE_MS = 10 * MINUTE_MS
/** As it is deployed. */
const MOST_ATTEMPTS = 5

const away = () => new AppError('upstream_failed', 'It does not answer.')
const forbidden = () => new AppError('artifact_missing', 'It refused: 403.', { retryable: true })
const full = () => new AppError('model_too_large', 'The disk is full.', { retryable: true })

interface Stage {
  readonly store: WritableStore
  /** Runs the message until it is done, by a clock that only pauses move. Answers the pauses in seconds. */
  run(mostReceives?: number): Promise<number[]>
}

/** A file of 30 rows in shards of 3, whose store and whose engine fail when `fails` says so. */
function openStage(fails: (part: 'store' | 'engine', milliseconds: number) => Error | undefined): Stage {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const begun = Date.now()
  const check = (part: 'store' | 'engine') => {
    const error = fails(part, Date.now() - begun)
    if (error) throw error
  }
  const { store: inner } = createBucket({ [KEY]: rowsOfText(30), [`${KEY}.job.json`]: '{"shardRows":3}' })
  const store: WritableStore = {
    ...inner,
    async stat(...rest) {
      check('store')
      return inner.stat(...rest)
    },
    async read(...rest) {
      check('store')
      return inner.read(...rest)
    },
    async write(...rest) {
      check('store')
      return inner.write(...rest)
    },
  }
  const words = createWordEngine()
  const engine: typeof words = {
    ...words,
    async embed(...rest) {
      check('engine')
      // A shard takes a while, so that an outage can begin in the middle of a job.
      vi.setSystemTime(Date.now() + 1000)
      return words.embed(...rest)
    },
  }
  const pauses: number[] = []
  const handler = createBatchHandler({
    batch: createBatchService(testBatchParts(engine, MOST_ATTEMPTS)),
    openBucket: async () => store,
    splitBytes: 1e9,
    release: async (_, seconds) => {
      pauses.push(seconds)
      vi.setSystemTime(Date.now() + seconds * 1000)
    },
    writeMetrics: async () => undefined,
    onError: () => undefined,
  })
  return {
    store: inner,
    async run(mostReceives = 50) {
      for (let count = 1; count <= mostReceives; count++) {
        const event = queueEvent([objectCreated('files', KEY, { eTag: undefined })], count)
        if ((await handler(event)).batchItemFailures.length === 0) break
      }
      return pauses
    },
  }
}

describe('an outage of ten minutes pauses a job, which then goes on and loses nothing', () => {
  it.each([
    ['the bucket of the files, from the start', 'store', 0, away],
    ['the bucket of the files, in the middle', 'store', 4000, away],
    ['the bucket of the models or the hub, from the start', 'engine', 0, away],
    ['the bucket of the models or the hub, in the middle', 'engine', 4000, away],
    ['the permission to read the files', 'store', 0, forbidden],
    ['the permission to read the models', 'engine', 0, forbidden],
    ['room on the disk', 'engine', 4000, full],
  ] as const)('an outage of %s', async (_, part, from, error) => {
    const stage = openStage((asked, now) =>
      asked === part && now >= from && now < from + OUTAGE_MS ? error() : undefined,
    )
    const pauses = await stage.run()
    const rows = await readOutput(stage.store, 'part')
    expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: 30 }, (_, index) => index))
    expect(await readOutput(stage.store, 'errors')).toEqual([])
    expect(pauses.length).toBeGreaterThan(MOST_ATTEMPTS)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(600)
  })

  it('of everything in turn, again and again', async () => {
    const stage = openStage((asked, now) => {
      const minute = Math.floor(now / MINUTE_MS)
      if (minute >= 120) return undefined
      const part = minute % 20 < 10 ? 'store' : 'engine'
      return asked === part ? away() : undefined
    })
    await stage.run()
    expect(await readOutput(stage.store, 'part')).toHaveLength(30)
  })
})

it('an outage that never ends leaves the job unfinished, to be taken up by a later message', async () => {
  const stage = openStage((asked) => (asked === 'engine' ? away() : undefined))
  const pauses = await stage.run(12)
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600, 600])
  const keys: string[] = []
  for await (const key of stage.store.list('output/')) keys.push(key)
  expect(keys.some((key) => key.endsWith('_FAILED.json'))).toBe(false)
})
