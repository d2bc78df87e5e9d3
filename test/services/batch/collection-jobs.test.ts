import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createBatchService } from '../../../src/services/batch/batch.ts'
import { createMatchFormats, publishCollection } from '../../../src/services/batch/collection-jobs.ts'
import { createJsonFormat } from '../../../src/services/batch/json-format.ts'
import { createSplitService } from '../../../src/services/batch/split.ts'
import { scopeStore } from '../../../src/storage/scoped.ts'
import { createBucket, readDocument, readOutput, testBatchParts } from '../../support/batch-service.ts'
import { createMemoryStore } from '../../support/memory-store.ts'

const lines = (rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const JOBS = [
  { id: 'nurse', text: 'registered nurse', city: 'Bonn' },
  { id: 'data', text: 'data engineer', city: 'Berlin' },
  { text: 'python teacher' },
]

function createService() {
  const parts = testBatchParts()
  const openMatches = createMatchFormats({ catalog: parts.catalog, budgetBytes: 1e8, threads: 1 })
  return createBatchService({
    ...parts,
    openFormat: async (store, plan) =>
      plan.kind === 'match' ? openMatches(store, plan) : createJsonFormat(plan),
    publish: publishCollection,
  })
}

describe('jobs with collections', () => {
  it('build one from a file, and answer each row of another with its nearest members', async () => {
    const { store } = createBucket({
      'input/jobs.jsonl': lines(JOBS),
      'input/jobs.jsonl.job.json': '{"job":"collection","collection":"jobs","shardRows":2}',
      'input/people.jsonl': lines([
        { person: 1, text: 'engineer of data' },
        { person: 2, text: 'nurse' },
      ]),
      'input/people.jsonl.job.json': '{"job":"match","collection":"jobs","top":2}',
    })
    const batch = createService()
    expect(await batch.run({ store, key: 'input/jobs.jsonl' }, createContext())).toMatchObject({
      status: 'succeeded',
    })
    const { store: matches } = { store: scopeStore(store, '') }
    const outcome = await batch.run({ store: matches, key: 'input/people.jsonl' }, createContext())
    expect(outcome).toMatchObject({ status: 'succeeded' })
    const rows = (await readOutput(store, 'part')).filter(({ person }) => person !== undefined)
    expect(rows.map(({ index, person }) => [index, person])).toEqual([
      [0, 1],
      [1, 2],
    ])
    expect(rows[1]).not.toHaveProperty('embedding')
    expect(rows[1]!.matches).toHaveLength(2)
    expect((rows[1]!.matches as { id: string }[])[0]!.id).toMatch(/^(nurse|data|2)$/)
    expect((rows[0]!.matches as { score: number }[])[0]!.score).toBeLessThanOrEqual(1.0001)
  })

  it('fail with a sentence when there is no such collection, or it is of another model', async () => {
    const { store } = createBucket({
      'input/jobs.jsonl': lines(JOBS),
      'input/jobs.jsonl.job.json': '{"job":"collection","collection":"jobs"}',
      'input/a.jsonl': lines(JOBS),
      'input/a.jsonl.job.json': '{"job":"match","collection":"none"}',
      'input/b.jsonl': lines(JOBS),
      'input/b.jsonl.job.json': '{"job":"match","collection":"jobs","model":"other"}',
    })
    const batch = createService()
    await batch.run({ store, key: 'input/jobs.jsonl' }, createContext())
    const none = await batch.run({ store, key: 'input/a.jsonl' }, createContext())
    expect(none).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('no collection none') },
    })
    const other = await batch.run({ store, key: 'input/b.jsonl' }, createContext())
    expect(other).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('was made by small@') },
    })
    expect(await readDocument(store, '_FAILED.json')).toMatchObject({ code: 'invalid_request' })
  })

  it('do not build one from pieces of a large file', async () => {
    const { store } = createBucket({
      'input/jobs.jsonl': lines(JOBS),
      'input/jobs.jsonl.job.json': '{"job":"collection","collection":"jobs"}',
    })
    const split = createSplitService({ ...testBatchParts(), rangeBytes: 10 })
    await expect(split.plan({ store, key: 'input/jobs.jsonl' }, createContext())).rejects.toThrow(
      /one worker/,
    )
  })
})

it('a scoped store is the part of another below a prefix', async () => {
  const whole = createMemoryStore({ 'a/one': Buffer.from('1'), 'b/two': Buffer.from('2') })
  const part = scopeStore({ ...whole, readInto: async (key, _, take) => take(Buffer.from(key)) }, 'a/')
  await part.write('three', Buffer.from('333'))
  expect(await whole.stat('a/three')).toMatchObject({ bytes: 3 })
  const keys: string[] = []
  for await (const key of part.list('')) keys.push(key)
  expect(keys).toEqual(['one', 'three'])
  await part.remove('one')
  expect(await whole.stat('a/one')).toBeUndefined()
  const taken: string[] = []
  await part.readInto!('x', { start: 0, end: 1 }, (bytes) => taken.push(String(bytes)))
  expect(taken).toEqual(['a/x'])
  expect(part.name).toBe('memory/a')
  expect(scopeStore(whole, 'a/').readInto).toBeUndefined()
})
