import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../../src/context.ts'
import { AppError, type ErrorCode } from '../../../../src/errors.ts'
import { messageKey } from '../../../../src/services/batch/plan/job-keys.ts'
import {
  beginAttempt,
  countProgress,
  endAttempt,
  type Note,
  openAttempts,
  readNote,
} from '../../../../src/services/batch/work/attempts.ts'
import { createMemoryStore } from '../../../support/memory-store.ts'

/** How one attempt goes: it makes shards, and then dies, or ends with an error, or for want of time. */
interface Attempt {
  readonly shards: number
  readonly end: 'death' | 'time' | ErrorCode
}

/** Which attempt each one is since the last new shard. */
function countsOf(attempts: readonly Attempt[]): number[] {
  let note: Note | undefined
  let shards = 0
  return attempts.map(({ shards: more, end }) => {
    const died = note?.open === true
    const begun = countProgress(beginAttempt('job', 'input/a', note), shards, died)
    shards += more
    const error = end === 'time' || end === 'death' ? undefined : new AppError(end, 'It failed.')
    note = end === 'death' ? begun : endAttempt(begun, shards, error)
    return begun.failures + 1
  })
}

const all = (ends: readonly Attempt['end'][], shards = 0) => countsOf(ends.map((end) => ({ shards, end })))

describe('attempts', () => {
  it('count deaths and failures of the model', () => {
    expect(all(['death', 'death', 'inference_failed', 'internal', 'time'])).toEqual([1, 2, 3, 4, 5])
  })

  it('do not count outages, permissions, full disks or a lack of time', () => {
    const outside = ['upstream_failed', 'artifact_missing', 'model_too_large', 'overloaded', 'time'] as const
    expect(all([...outside, 'deadline_exceeded', 'time'])).toEqual(Array(7).fill(1))
    expect(all(['death', 'upstream_failed', 'upstream_failed', 'death', 'time'])).toEqual([1, 2, 2, 2, 3])
  })

  it('begin anew behind a new shard, where the last death counts', () => {
    const attempts = [0, 0, 3, 0, 0].map((shards): Attempt => ({ shards, end: 'death' }))
    expect(countsOf(attempts)).toEqual([1, 2, 3, 2, 3])
  })

  it('never give up a job that makes progress, and always one whose every worker dies', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(steps, (shards) => {
        const progress = countsOf(shards.map((more) => ({ shards: more, end: 'death' })))
        expect(Math.max(...progress)).toBeLessThanOrEqual(2)
        expect(all(shards.map(() => 'death')).at(-1)).toBe(shards.length)
      }),
    )
  })
})

describe('the note of a message', () => {
  const context = createContext()
  const key = 'input/a.csv'

  /** The message as the next worker is handed it. */
  async function receive(store: ReturnType<typeof createMemoryStore>) {
    const before = await readNote(store, 'm', key, context)
    const message = { id: 'm', receiveCount: before ? 2 : 1 }
    return { before, attempts: openAttempts(store, message, { job: 'job', key, before }) }
  }

  it('is open while a worker is at work, so that the next one knows of its death', async () => {
    const store = createMemoryStore()
    const first = await receive(store)
    expect(first.before).toBeUndefined()
    await first.attempts.begin(context)
    const second = await receive(store)
    expect(second.before).toMatchObject({ job: 'job', key, open: true })
    await second.attempts.begin(context)
    expect(await second.attempts.count(0, context)).toBe(2)
    await second.attempts.end(0, undefined, context)
    expect((await receive(store)).before).toMatchObject({ failures: 1, open: false })
  })

  it('says nothing of failures once it is reset, and is gone once it is forgotten', async () => {
    const store = createMemoryStore()
    const { attempts } = await receive(store)
    await attempts.begin(context)
    await attempts.end(0, new AppError('internal', 'It failed.'), context)
    await attempts.reset(context)
    expect((await receive(store)).before).toMatchObject({ failures: 0, open: false })
    await attempts.forget(context)
    expect((await receive(store)).before).toBeUndefined()
  })

  it('stays open where the store is away, and nobody hears of it', async () => {
    const store = createMemoryStore()
    const { attempts } = await receive(store)
    await attempts.begin(context)
    store.write = async () => {
      throw new AppError('upstream_failed', 'The store is away.')
    }
    await attempts.end(0, undefined, context)
    expect((await readNote(store, 'm', key, context))?.open).toBe(true)
  })

  it('of an earlier version names the job alone', async () => {
    const store = createMemoryStore()
    const { attempts } = await receive(store)
    await attempts.begin(context)
    await store.write(messageKey('m', key), Buffer.from('{"job":"job","key":"input/a.csv"}'), {}, context)
    expect((await receive(store)).before).toEqual({ job: 'job', key, failures: 0, shards: 0, open: false })
  })
})
