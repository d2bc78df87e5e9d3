import { MessageChannel } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import { createBatchService } from '../../../src/services/batch/batch.ts'
import { createPublisher } from '../../../src/services/batch/formats/collection-jobs.ts'
import { createFormatOpener, openReader } from '../../../src/services/batch/formats/open-formats.ts'
import { createRemoteJudge, serveJudge } from '../../../src/services/batches/remote-judge.ts'
import type { JudgeService } from '../../../src/services/judge/judge.ts'
import { createBucket, readOutput, testBatchParts } from '../../support/batch-service.ts'
import { judgeServiceOf } from '../../support/judge.ts'
import { quotingJudge } from '../../support/quoting.ts'

const PEOPLE = ['nurse night care', 'nurse night', 'night care driver'].map((text) => ({ id: text, text }))
const lines = (rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/** Runs a match job of one row over the collection of {@link PEOPLE}. */
async function match(more: object, service: JudgeService) {
  const { store } = createBucket({
    'input/people.jsonl': lines(PEOPLE),
    'input/people.jsonl.job.json': '{"job":"collection","collection":"people","model":"other"}',
    'input/jobs.csv': 'job,text\na,nurse night care\n',
    'input/jobs.csv.job.json': JSON.stringify({
      ...{ job: 'match', collection: 'people', model: 'other', top: 2 },
      ...more,
    }),
  })
  const judge = async () => service
  const parts = testBatchParts()
  const openFormat = createFormatOpener({ catalog: parts.catalog, budgetBytes: 1e8, threads: 1, judge })
  const batch = createBatchService({
    ...parts,
    judge,
    openReader,
    openFormat,
    publish: createPublisher(undefined),
  })
  await batch.run({ store, key: 'input/people.jsonl' }, createContext())
  const outcome = await batch.run({ store, key: 'input/jobs.csv' }, createContext())
  if (outcome.status !== 'succeeded') return { outcome, row: undefined, summary: undefined }
  const [row] = (await readOutput(store, 'part')).filter(({ matches }) => matches)
  const success = await store.read(`output/${outcome.job}/_SUCCESS.json`)
  return { outcome, row, summary: await new Response(success).json() }
}

const honest = () => quotingJudge((resume) => [resume, 'a lie'])

test('a row of a match job has quotes of the matches that it keeps, and says how many were dropped', async () => {
  const fake = honest()
  const { row, summary } = await match({ judge: { top: 3, quotes: true } }, judgeServiceOf(fake))
  expect(fake.conversations).toHaveLength(2)
  expect(row).toMatchObject({
    matches: PEOPLE.slice(0, 2).map(({ id }) => ({ id, judge: 0.6 / 0.8, quotes: [id] })),
    warnings: [expect.stringMatching(/^Dropped 2 quotes of the judge/)],
  })
  expect(summary).toMatchObject({
    judge: { model: 'judge', top: 3, quotes: true },
    warnings: [expect.stringMatching(/^In 1 row quotes of the judge were dropped/)],
  })
})

test('rows are the same with quotes and without, but for the quotes', async () => {
  const quoted = await match({ judge: { quotes: true } }, judgeServiceOf(honest()))
  const plain = await match({ judge: {} }, judgeServiceOf(honest()))
  const bare = (row: Record<string, unknown> | undefined) =>
    (row!.matches as object[]).map((one) => ({ ...one, quotes: undefined }))
  expect(bare(quoted.row)).toEqual(bare(plain.row))
  expect(plain.row).not.toHaveProperty('warnings')
  expect(quoted.outcome.job).not.toBe(plain.outcome.job)
})

test('a judge that fails when it is asked for quotes leaves the verdicts, and row and summary say so', async () => {
  const fake = quotingJudge(() => {
    throw new AppError('inference_failed', 'It broke.')
  })
  const { row, summary } = await match({ judge: { quotes: true } }, judgeServiceOf(fake))
  expect(row).toMatchObject({
    matches: [{ judge: 0.6 / 0.8 }, { judge: 0.6 / 0.8 }],
    warnings: ['The stage quotes was left out: It broke.'],
  })
  expect(summary).toMatchObject({ warnings: [expect.stringMatching(/^In 1 row quotes were left out/)] })
})

test('a job that asks a small model of this machine for quotes fails before its rows, and names the field', async () => {
  const fake = honest()
  const resolve = (name: string) => ({ ...fake.models.resolve(name), runtime: 'gguf' }) as never
  const service = judgeServiceOf({ ...fake, models: { ...fake.models, resolve } })
  const { outcome } = await match({ judge: { quotes: true } }, service)
  expect(outcome).toMatchObject({
    status: 'failed',
    error: { code: 'unsupported_task', details: { field: 'judge.quotes' } },
  })
  expect(fake.asked).toEqual([])
})

test('a setting that is neither true nor false is refused in a sentence', async () => {
  const { outcome } = await match({ judge: { quotes: 3 } }, judgeServiceOf(honest()))
  expect(outcome).toMatchObject({ error: { message: expect.stringMatching(/judge\.quotes.*true or false/) } })
})

test('a judge in another thread quotes as one in this thread does, and fails as it does', async () => {
  const { port1, port2 } = new MessageChannel()
  let isBroken = false
  const fake = quotingJudge((resume) => {
    if (isBroken) throw new AppError('inference_failed', 'It broke.')
    return [resume]
  })
  const service = judgeServiceOf(fake)
  serveJudge(port1, async () => service)
  const remote = createRemoteJudge(port2, service)
  const plan = remote.plan({ quotes: true })
  const ask = (text: string, context = createContext()) =>
    remote.quote(plan, { job: 'Nurse', resumes: [{ text, score: 0.9 }], began: Date.now() }, context)
  expect(await ask('night nurse')).toEqual({ quotes: [['night nurse']], dropped: 0, late: 0, silent: 0 })
  expect((await remote.begin(plan, createContext())('Nurse', ['night nurse'])).judged).toHaveLength(1)
  isBroken = true
  await expect(ask('cook')).rejects.toMatchObject({ code: 'inference_failed' })
  port1.close()
})
