import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { CandidateIndex } from '../../../src/collections/candidate-index.ts'
import { createExactIndex } from '../../../src/collections/exact-index.ts'
import { liveRows } from '../../../src/collections/manifest.ts'
import { readLatest } from '../../../src/collections/versions.ts'
import { createContext } from '../../../src/context.ts'
import { createBatchService } from '../../../src/services/batch/batch.ts'
import { createPublisher } from '../../../src/services/batch/formats/collection-jobs.ts'
import { createFormatOpener } from '../../../src/services/batch/formats/open-formats.ts'
import { createSplitService } from '../../../src/services/batch/split.ts'
import { scopeStore } from '../../../src/storage/scoped.ts'
import type { WritableStore } from '../../../src/storage/store.ts'
import { rowOf } from '../../../src/vector/matrix.ts'
import { createBucket, readDocument, readOutput, testBatchParts } from '../../support/batch-service.ts'
import { createMemoryStore } from '../../support/memory-store.ts'
import { createWordEngine } from '../../support/word-engine.ts'

/** The one of the test's models whose vectors have the more numbers: no two of the texts here are as near. */
const [MODEL, MODEL_DIMENSIONS] = ['other', 8]

const lines = (rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const JOBS = [
  { id: 'nurse', text: 'registered nurse', city: 'Bonn' },
  { id: 'data', text: 'data engineer', city: 'Berlin' },
  { id: '2', text: 'python teacher' },
]

const latest = async (store: WritableStore) => (await readLatest(scopeStore(store, 'collections/'), 'jobs'))!

function createService(database?: CandidateIndex) {
  const parts = testBatchParts()
  const opener = { catalog: parts.catalog, budgetBytes: 1e8, threads: 1, database }
  return createBatchService({
    ...parts,
    openFormat: createFormatOpener(opener),
    publish: createPublisher(database),
  })
}

/** The members by a plain loop, the nearest first; one without an id has its place for one. */
async function cosines(query: string, members: readonly { readonly id?: string; readonly text: string }[]) {
  const options = { dimensions: MODEL_DIMENSIONS }
  const inputs = [query, ...members.map(({ text: member }) => member)]
  const { vectors } = await createWordEngine().embed({ model: MODEL, inputs, options }, createContext())
  const scored = members.map(({ id }, index) => {
    const member = rowOf(vectors, index + 1)
    const score = rowOf(vectors, 0).reduce((sum, value, column) => sum + value * member[column]!, 0)
    return { id: id ?? String(index), score }
  })
  return scored.sort((one, other) => other.score - one.score)
}

describe('jobs with collections', () => {
  it('build one from a file, and answer each row of another with its nearest members', async () => {
    const { store } = createBucket({
      'input/jobs.jsonl': lines(JOBS),
      'input/jobs.jsonl.job.json': '{"job":"collection","collection":"jobs","shardRows":2,"model":"other"}',
      'input/people.jsonl': lines([
        { person: 1, text: 'engineer of data' },
        { person: 2, text: 'nurse' },
      ]),
      'input/people.jsonl.job.json': '{"job":"match","collection":"jobs","top":2,"model":"other"}',
    })
    const batch = createService()
    expect(await batch.run({ store, key: 'input/jobs.jsonl' }, createContext())).toMatchObject({
      status: 'succeeded',
    })
    const outcome = await batch.run({ store, key: 'input/people.jsonl' }, createContext())
    expect(outcome).toMatchObject({ status: 'succeeded' })
    const rows = (await readOutput(store, 'part')).filter(({ person }) => person !== undefined)
    expect(rows.map(({ index, person }) => [index, person])).toEqual([
      [0, 1],
      [1, 2],
    ])
    expect(rows[1]).not.toHaveProperty('embedding')
    for (const [row, text] of ['engineer of data', 'nurse'].entries()) {
      const nearest = (await cosines(text, JOBS)).slice(0, 2)
      expect(rows[row]!.matches).toMatchObject(
        nearest.map(({ id, score }) => ({ id, score: expect.closeTo(score, 5) })),
      )
    }
    expect(rows.map(({ matches }) => (matches as { id: string }[])[0]!.id)).toEqual(['data', 'nurse'])
  })

  it('keep collections in the database of the settings, and search them there, when there is one', async () => {
    const { store } = createBucket({
      'input/jobs.jsonl': lines(JOBS),
      'input/jobs.jsonl.job.json': '{"job":"collection","collection":"jobs","model":"other"}',
      'input/people.jsonl': lines([{ person: 1, text: 'engineer of data' }]),
      'input/people.jsonl.job.json': '{"job":"match","collection":"jobs","top":1,"model":"other"}',
      'input/small.jsonl': lines(JOBS),
      'input/small.jsonl.job.json': '{"job":"collection","collection":"small","encoding":"int8"}',
    })
    const database = createExactIndex({ store: createMemoryStore(), budgetBytes: 1e8, threads: 1 })
    const batch = createService(database)
    await batch.run({ store, key: 'input/jobs.jsonl' }, createContext())
    await batch.run({ store, key: 'input/people.jsonl' }, createContext())
    expect(await database.info('jobs', createContext())).toMatchObject({ rows: 3 })
    expect(await readLatest(scopeStore(store, 'collections/'), 'jobs', createContext())).toBeUndefined()
    const [row] = (await readOutput(store, 'part')).filter(({ person }) => person !== undefined)
    expect(row).toMatchObject({ matches: [{ id: 'data' }] })
    expect(await batch.run({ store, key: 'input/small.jsonl' }, createContext())).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('leave encoding out') },
    })
    await database.close()
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

  it.each(['file', 'pieces'])('refuse a repeated id before anything is embedded, of a %s', async (of) => {
    const rows = [{ id: 'a', text: 'nurse' }, { text: 'cook' }, { id: 'a', text: 'baker' }]
    const { store } = createBucket({
      'input/jobs.jsonl': lines(rows),
      'input/jobs.jsonl.job.json': '{"job":"collection","collection":"jobs"}',
    })
    const message = /The id "a" of line 3 is also that of line 1/
    if (of === 'file') {
      const outcome = await createService().run({ store, key: 'input/jobs.jsonl' }, createContext())
      expect(outcome).toMatchObject({ status: 'failed', error: { message: expect.stringMatching(message) } })
    } else {
      const split = createSplitService({ ...testBatchParts(), rangeBytes: 20 })
      await expect(split.plan({ store, key: 'input/jobs.jsonl' }, createContext())).rejects.toThrow(message)
    }
    expect(await readOutput(store, 'part')).toEqual([])
  })

  it('take the ids of a column whatever its case, and refuse rows that have none', async () => {
    const { store } = createBucket({
      'input/jobs.jsonl': lines([
        { ID: 'x1', text: 'nurse' },
        { ID: ' ', text: 'cook' },
        { ID: '2', text: 'chef' },
      ]),
      'input/jobs.jsonl.job.json': '{"job":"collection","collection":"jobs","keepColumns":false}',
      'input/queries.jsonl': lines([{ text: 'nurse' }]),
      'input/queries.jsonl.job.json': '{"job":"match","collection":"jobs"}',
    })
    await createService().run({ store, key: 'input/jobs.jsonl' }, createContext())
    expect((await readOutput(store, 'errors'))[0]).toMatchObject({
      message: expect.stringMatching(/^The column ID is empty, which has the ids of this file/),
    })
    await createService().run({ store, key: 'input/queries.jsonl' }, createContext())
    const [row] = (await readOutput(store, 'part')).filter(({ matches }) => matches !== undefined)
    expect((row!.matches as { id: string }[]).map(({ id }) => id).sort()).toEqual(['2', 'x1'])
  })

  it('say in the summary that members are called by their positions where there are no ids', async () => {
    const { store } = createBucket({
      'input/jobs.jsonl': lines([{ text: 'nurse' }]),
      'input/jobs.jsonl.job.json': '{"job":"collection","collection":"jobs"}',
    })
    await createService().run({ store, key: 'input/jobs.jsonl' }, createContext())
    expect(await readDocument(store, '_SUCCESS.json')).toMatchObject({
      warnings: [expect.stringContaining('has no column id')],
    })
  })

  it('let the last of several rows of one id count where the settings say so', async () => {
    const { store } = createBucket({
      'input/jobs.jsonl': lines([
        { id: 'a', text: 'nurse' },
        { id: 'b', text: 'cook' },
        { id: 'a', text: 'baker' },
      ]),
      'input/jobs.jsonl.job.json': '{"job":"collection","collection":"jobs","repeatedIds":"last"}',
      'input/queries.jsonl': lines([{ text: 'baker' }]),
      'input/queries.jsonl.job.json': '{"job":"match","collection":"jobs"}',
    })
    expect(await createService().run({ store, key: 'input/jobs.jsonl' }, createContext())).toMatchObject({
      status: 'succeeded',
    })
    const { job } = await createService().run({ store, key: 'input/queries.jsonl' }, createContext())
    const [row] = (await readOutput(store, 'part')).filter(({ matches }) => matches !== undefined)
    expect(job).toContain('queries')
    expect((row!.matches as { id: string }[]).map(({ id }) => id).sort()).toEqual(['a', 'b'])
  })

  it.each(['ids', 'positions'])('build the same one from a file and from pieces of it, by %s', async (by) => {
    const rows = Array.from({ length: 40 }, (_, row) => ({
      ...(by === 'ids' && { id: `own-${row}` }),
      text: `nurse ${row}`,
    }))
    const files = {
      'input/jobs.jsonl': lines(rows),
      'input/jobs.jsonl.job.json': '{"job":"collection","collection":"jobs","shardRows":3}',
    }
    const [whole, pieces] = [createBucket(files).store, createBucket(files).store]
    await createService().run({ store: whole, key: 'input/jobs.jsonl' }, createContext())
    const split = createSplitService({ ...testBatchParts(), publish: createPublisher(), rangeBytes: 120 })
    const { job, ranges, items } = await split.plan(
      { store: pieces, key: 'input/jobs.jsonl' },
      createContext(),
    )
    expect(ranges).toBeGreaterThan(4)
    for (const range of JSON.parse(await text(await pieces.read(items)))) {
      await split.work({ store: pieces, job, range }, createContext())
    }
    await split.finish({ store: pieces, job }, createContext())
    const expected = await latest(whole)
    expect(expected.segments[0]!.rows).toBe(40)
    expect(await latest(pieces)).toEqual(expected)
    await split.finish({ store: pieces, job }, createContext())
    expect(liveRows(await latest(pieces))).toBe(40)
  })

  it('keep the encoding that a collection has, and make a new one as they are told', async () => {
    const { store } = createBucket({
      'input/a.jsonl': lines(JOBS),
      'input/a.jsonl.job.json': '{"job":"collection","collection":"jobs","encoding":"int8"}',
      'input/b.jsonl': lines([{ id: 'more', text: 'baker' }]),
      'input/b.jsonl.job.json': '{"job":"collection","collection":"jobs"}',
      'input/c.jsonl': lines([{ id: 'other', text: 'cook' }]),
      'input/c.jsonl.job.json': '{"job":"collection","collection":"jobs","encoding":"float"}',
      'input/d.jsonl': lines(JOBS),
      'input/d.jsonl.job.json': '{"job":"collection","collection":"jobs","encoding":"ubinary"}',
    })
    const run = (key: string) => createService().run({ store, key }, createContext())
    expect(await run('input/a.jsonl')).toMatchObject({ status: 'succeeded' })
    expect(await run('input/b.jsonl')).toMatchObject({ status: 'succeeded' })
    expect(await latest(store)).toMatchObject({ version: 2, encoding: 'int8' })
    expect((await run('input/c.jsonl')).error?.message).toMatch(/holds int8 .* got float32/)
    expect((await run('input/d.jsonl')).error?.message).toMatch(/float or int8 vectors.* ask for ubinary/)
  })

  it('take lines of an OpenAI batch for rows like others', async () => {
    const line = { custom_id: 'a', body: { input: 'nurse' } }
    const { store } = createBucket({
      'input/a.jsonl': lines([line, { custom_id: 'b', body: 'nurse' }]),
      'input/a.jsonl.job.json': '{"job":"collection","collection":"jobs"}',
    })
    const outcome = await createService().run({ store, key: 'input/a.jsonl' }, createContext())
    expect(outcome).toMatchObject({ status: 'succeeded', checkpoint: { rows: 1, errors: 1 } })
    expect((await readOutput(store, 'errors'))[0]!.message).toMatch(/column body holds an object/)
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
