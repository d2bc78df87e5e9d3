import { describe, expect, it } from 'vitest'
import { createContext } from '../../../../src/context.ts'
import { messageKey } from '../../../../src/services/batch/plan/job-keys.ts'
import {
  createBucket,
  createTestBatch,
  readOutput,
  rowsOfText,
  stopAfter,
} from '../../../support/batch-service.ts'

const KEY = 'input/rows.jsonl'
const sidecar = (settings: object) => ({ [`${KEY}.job.json`]: JSON.stringify(settings) })

describe('a job that has begun', () => {
  it('keeps the settings with which it began when its message comes again', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(9), ...sidecar({ shardRows: 3 }) })
    const batch = createTestBatch()
    const handOut = (receiveCount: number, of = store) =>
      batch.run({ store: of, key: KEY, message: { id: 'm', receiveCount } }, createContext())
    const first = await handOut(1, stopAfter(store, 1))
    await store.write(`${KEY}.job.json`, Buffer.from('{"model":"other"}'))
    expect(await handOut(2)).toMatchObject({ status: 'succeeded', job: first.job })
    const rows = await readOutput(store, 'part')
    expect(rows.map(({ embedding }) => (embedding as number[]).length)).toEqual(Array(9).fill(4))
    expect(await store.stat(messageKey('m', KEY))).toBeUndefined()
  })

  it('goes on with its old settings where its name is given, and a new event takes the new ones', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(9), ...sidecar({ shardRows: 3 }) })
    const batch = createTestBatch()
    const begun = await batch.run({ store: stopAfter(store, 1), key: KEY }, createContext())
    await store.write(`${KEY}.job.json`, Buffer.from('{"model":"other"}'))
    const named = await batch.run({ store, key: KEY, job: begun.job }, createContext())
    expect(named).toMatchObject({ status: 'succeeded', job: begun.job })
    const anew = await batch.run({ store, key: KEY }, createContext())
    expect(anew).toMatchObject({ status: 'succeeded', checkpoint: { rows: 9 } })
    expect(anew.job).not.toBe(begun.job)
    const gone = await batch.run({ store, key: KEY, job: 'rows.jsonl-that-was-removed' }, createContext())
    expect(gone.job).toBe(anew.job)
  })
})

describe('other settings', () => {
  it('make another job of the same file, and the same ones, however written, do not', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(3) })
    const batch = createTestBatch()
    const jobOf = async (settings: object) => {
      await store.write(`${KEY}.job.json`, Buffer.from(JSON.stringify(settings)))
      return (await batch.run({ store, key: KEY }, createContext())).job
    }
    const jobs = [await jobOf({}), await jobOf({ model: 'other' }), await jobOf({ encoding: 'base64' })]
    expect(new Set(jobs).size).toBe(3)
    expect(await jobOf({ encoding: 'float', model: 'tiny' })).toBe(jobs[0])
  })

  it('that are wrong make a job of their own, which the right ones do not meet', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(3), ...sidecar({ modle: 'small' }) })
    const batch = createTestBatch()
    const wrong = await batch.run({ store, key: KEY }, createContext())
    await store.write(`${KEY}.job.json`, Buffer.from('{"model":"small"}'))
    const right = await batch.run({ store, key: KEY }, createContext())
    expect([wrong.status, right.status]).toEqual(['failed', 'succeeded'])
    expect(right.job).not.toBe(wrong.job)
  })
})
