import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { listJobs } from '../../scripts/batch/jobs.ts'
import { openLaptop, tidyJob } from '../../scripts/batch/places.ts'
import { describeOutcome, runHere } from '../../scripts/batch/run.ts'
import { createContext } from '../../src/context.ts'
import type { BatchRequest } from '../../src/services/batch/batch.ts'
import { scopeStore } from '../../src/storage/scoped.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { createTestBatch, rowsOfText } from '../support/batch-service.ts'
import { temporaryFolder } from '../support/folders.ts'

function createPlace(rows: number, settings: object = {}) {
  const folder = temporaryFolder('batch')
  const [file, out] = [join(folder, 'rows.jsonl'), join(folder, 'out')]
  writeFileSync(file, rowsOfText(rows))
  return { file, out, open: () => openLaptop(file, out, { shardRows: 3, ...settings }) }
}

const run = (request: BatchRequest) => createTestBatch().run(request, createContext())
const statusesOf = async (store: WritableStore) => {
  const statuses = []
  for await (const status of listJobs(store)) statuses.push(status)
  return statuses
}
it('a run here with other settings or content is another job, and names the results it leaves', {
  timeout: 60_000,
}, async () => {
  const { file, out } = createPlace(8)
  const said: string[] = []
  const here = (settings: object) =>
    runHere(openLaptop(file, out, settings), { out, say: (text) => said.push(text) })
  const first = await here({})
  expect(await here({})).toMatchObject({ status: 'succeeded', job: first.job })
  expect(said).toEqual([])
  const second = await here({ encoding: 'base64' })
  expect(second.job).not.toBe(first.job)
  expect(said).toEqual([
    `An earlier result of this file with other settings stays in ${join(out, first.job)}; that of this run is in ${join(out, second.job)}.`,
  ])
  const { mtime, atime } = statSync(file)
  writeFileSync(file, rowsOfText(8).replaceAll('text ', 'word '))
  utimesSync(file, atime, mtime)
  const third = await here({})
  expect([first.job, second.job]).not.toContain(third.job)
  expect(said[1]).toContain('2 earlier results of this file of other content stay in')
})

it('a file that is not there is named with those that are like it, before anything is done', () => {
  const { file, out } = createPlace(1)
  expect(() => openLaptop(file.replace('rows', 'row'), out, {})).toThrow(
    /row\.jsonl is not there; did you mean "rows\.jsonl"\.$/,
  )
  expect(() => openLaptop(file.replace('rows.jsonl', 'rows.csv'), out, {})).toThrow(
    /is not there; look for it in/,
  )
  expect(() => openLaptop(join(out, 'x', 'a.csv'), out, {})).toThrow(/is not there: there is no folder/)
  expect(() => openLaptop(join(file, '..'), out, {})).toThrow(/is no file but a folder/)
})

it('a file that is taken away meanwhile is spoken of as a file of this machine', async () => {
  const { file, open } = createPlace(8)
  const request = open()
  const outcome = await run({ ...request, onShard: () => rmSync(file, { force: true }) })
  expect(outcome.error!.message).toBe(
    `The file ${file} was deleted before its job was finished; run the command again to start anew.`,
  )
})

it('nothing is left hidden beside the shards of a job that has succeeded, and its status stays', async () => {
  const { out, open } = createPlace(8)
  const { job } = await run(open())
  expect(readdirSync(join(out, job)).filter((name) => name.startsWith('.~'))).toHaveLength(3)
  await tidyJob(out, job)
  expect(readdirSync(join(out, job)).filter((name) => name.startsWith('.'))).toEqual([])
  expect(await statusesOf(open().store)).toMatchObject([{ state: 'succeeded', rows: 8, shards: 3 }])
  expect(await run(open())).toMatchObject({ status: 'succeeded', job })
})

it('the end of a run names the commonest reason, and a file without rows', async () => {
  const { file, out, open } = createPlace(8)
  writeFileSync(file, `${rowsOfText(3)}{"id":1,"text":""}\n{"id":2,"text":""}\nno json\n`)
  expect(describeOutcome(await run(open()), out).split('\n')[1]).toMatch(
    /^2 rows failed, first line 4: The column text is empty .* \(and 1 other reason: see _SUCCESS.json\)$/,
  )
  expect(describeOutcome(await run(open()), out)).toMatch(/^Done before, with these settings: /)
  writeFileSync(file, '')
  expect(describeOutcome(await run(open()), out)).toMatch(
    /\nThe file has no rows, so there are no vectors\.$/,
  )
})

it('a collection that is not there is missed in the folder that was searched', async () => {
  const { file, out } = createPlace(1)
  vi.stubEnv('COLLECTIONS', join(out, 'kept'))
  const { store } = openLaptop(file, out, {})
  expect(scopeStore(store, 'collections/').name).toBe(`directory ${join(out, 'kept')}`)
  expect(store.nameOf!('output/')).toBe(store.name)
  vi.unstubAllEnvs()
})
