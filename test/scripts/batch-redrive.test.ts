import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { expect, it, onTestFinished, vi } from 'vitest'
import { listJobs } from '../../scripts/batch/jobs.ts'
import { readOptions } from '../../scripts/batch/options.ts'
import { openQueue } from '../../scripts/batch/queue.ts'
import { redrive } from '../../scripts/batch/redrive.ts'
import { createContext } from '../../src/context.ts'
import { createSplitHandler } from '../../src/lambda/split-handler.ts'
import { createSplitService } from '../../src/services/batch/split.ts'
import {
  createBucket,
  createTestBatch,
  readDocument,
  rowsOfText,
  testBatchParts,
} from '../support/batch-service.ts'
import { openSqs } from '../support/sqs-server.ts'

const MACHINE = 'arn:aws:states:eu-central-1:123456789012:stateMachine:embeddings-dev-split'
const LARGE = 'input/large.jsonl'
const SMALL = 'input/small.jsonl'

/** What Step Functions answers to those who start executions, until the test ends. */
async function openStates(status = 200) {
  const started: { stateMachineArn: string; input: string }[] = []
  const authorizations: unknown[] = []
  const server = createServer(async (request, response) => {
    authorizations.push(request.headers.authorization)
    expect(request.headers['x-amz-target']).toBe('AWSStepFunctions.StartExecution')
    if (status === 200) started.push((await json(request)) as (typeof started)[number])
    const answer = status === 200 ? { executionArn: 'arn:execution' } : { __type: 'AccessDenied' }
    response.writeHead(status).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  vi.stubEnv('AWS_ENDPOINT_URL_SFN', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return { started, authorizations }
}

/** A large file whose plan failed, with no word of its ranges, and a small one that failed. */
async function twoFailures() {
  const { store } = createBucket({
    [LARGE]: rowsOfText(20),
    [SMALL]: rowsOfText(2),
    [`${SMALL}.job.json`]: '{"modle":1}',
  })
  const split = createSplitService({ ...testBatchParts(), rangeBytes: 200 })
  const handler = createSplitHandler({ split, openBucket: async () => store, writeMetrics: () => {} })
  const { etag } = (await store.stat(LARGE))!
  const error = { Error: 'Sandbox.Timedout', Cause: 'Too slow.' }
  await handler({ step: 'fail', bucket: 'files', key: LARGE, etag, error })
  expect(await readDocument(store, '_FAILED.json')).toMatchObject({
    key: LARGE,
    split: true,
    remedy: expect.stringContaining('--state-machine <SplitStateMachineArn>'),
  })
  await createTestBatch().run({ store, key: SMALL }, createContext())
  const say: string[] = []
  const states = async () => {
    const all: Record<string, string> = {}
    for await (const { key, state } of listJobs(store)) all[key] = state
    return all
  }
  const run = (...args: string[]) =>
    redrive(store, readOptions(['redrive', '--bucket', 'files', ...args]), (line) => say.push(line))
  return { store, handler, etag, say, states, run }
}

it('starts the state machine for a file that is split, also when its plan failed, and a message for a small one', async () => {
  const { run, say, etag, states, handler } = await twoFailures()
  const sqs = await openSqs()
  const { started, authorizations } = await openStates()
  expect(await run('--queue', sqs.urlOf('files'), '--state-machine', MACHINE)).toBe(0)
  expect(say).toEqual([
    expect.stringMatching(/^large.* can go on: arn:execution was started$/),
    expect.stringMatching(/^small.* can go on: its message is in the queue$/),
  ])
  expect(started.map(({ stateMachineArn }) => stateMachineArn)).toEqual([MACHINE])
  expect(authorizations).toEqual([expect.stringContaining('/eu-central-1/states/aws4_request')])
  const { detail } = JSON.parse(started[0]!.input)
  expect(detail).toMatchObject({ bucket: { name: 'files' }, object: { key: LARGE, etag } })
  expect(sqs.bodiesOf('files').map((body) => JSON.parse(body).Records[0].s3.object.key)).toEqual([SMALL])
  expect(await states()).toEqual({})
  const planned = await handler({ step: 'plan', bucket: 'files', key: LARGE, etag, object: detail.object })
  expect(planned).toMatchObject({ job: detail.object.job })
})

it('leaves a job as it is that nothing would start, and says the command that does', async () => {
  const { run, say, states } = await twoFailures()
  const sqs = await openSqs()
  expect(await run('--queue', sqs.urlOf('files'))).toBe(1)
  expect(say[0]).toMatch(
    /^large\S* stays failed: its file is split.*npm run batch -- redrive large\S* --bucket <DataBucketName> --state-machine <SplitStateMachineArn>$/,
  )
  expect(await states()).toEqual({ [LARGE]: 'failed' })
  expect(await run()).toBe(1)
})

it('puts the record of a failure back when the state machine refuses', async () => {
  const { run, say, states, store } = await twoFailures()
  await openSqs()
  const record = await readDocument(store, '_FAILED.json')
  await openStates(400)
  expect(await run('--state-machine', MACHINE)).toBe(1)
  expect(say[0]).toMatch(/^large\S* stays failed: Step Functions did not start .*: 400 .*AccessDenied/)
  expect(await states()).toMatchObject({ [LARGE]: 'failed' })
  expect(await readDocument(store, '_FAILED.json')).toEqual(record)
})

it('begins a large file that only a dead letter tells of, once, and gives other letters to the queue', async () => {
  const { run, say, store } = await twoFailures()
  const fresh = 'input/new 1.jsonl'
  await store.write(fresh, Buffer.from(rowsOfText(3)), {}, createContext())
  const { etag } = (await store.stat(fresh))!
  const sqs = await openSqs()
  const { started } = await openStates()
  const aside = await openQueue(sqs.urlOf('aside'), store)
  await aside.announce({ bucket: 'files', key: fresh })
  await aside.announce({ bucket: 'files', key: fresh })
  await aside.announce({ bucket: 'files', key: SMALL })
  await aside.announce({ bucket: 'others', key: fresh })
  const places = ['--queue', sqs.urlOf('files'), '--dead-letter', sqs.urlOf('aside')]
  await run('none', ...places, '--state-machine', MACHINE)
  expect(say.slice(1)).toEqual([
    'input/new 1.jsonl had not begun: arn:execution was started',
    expect.stringMatching(/^4 messages came back from .*aside$/),
  ])
  expect(started.map(({ input }) => JSON.parse(input))).toEqual([
    { detail: { bucket: { name: 'files' }, object: { key: fresh, etag } } },
  ])
  const left = sqs.bodiesOf('files').map((body) => JSON.parse(body).Records[0].s3)
  expect(left.map(({ bucket, object }) => `${bucket.name} ${object.key}`)).toEqual([
    `files ${SMALL}`,
    'others input/new+1.jsonl',
  ])
  expect(sqs.bodiesOf('aside')).toEqual([])
})

it('asks for the queue of dead letters that are to come back', async () => {
  const { run } = await twoFailures()
  await expect(run.bind(undefined, '--dead-letter', 'aside')).toThrow('--dead-letter needs the queue')
})

it('refuses what is no state machine', async () => {
  const { run } = await twoFailures()
  await expect(run('--state-machine', 'embeddings-dev-split')).rejects.toThrow(
    '--state-machine is "embeddings-dev-split"; expected arn:aws:states:<region>',
  )
})

it('says that a job which is named has not failed', async () => {
  const { run, say } = await twoFailures()
  expect(await run('none')).toBe(0)
  expect(say).toEqual(['There is no failed job none; "npm run batch -- status" lists all.'])
})

it('knows the kind of a job that was cancelled before its ranges were there', async () => {
  const { store } = createBucket({ [LARGE]: rowsOfText(20) })
  const split = createSplitService({ ...testBatchParts(), rangeBytes: 200 })
  const { job, items } = await split.plan({ store, key: LARGE }, createContext())
  await store.remove(items)
  for await (const status of listJobs(store)) expect(status).toMatchObject({ job, split: true })
  expect.assertions(1)
})
