import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createBucket, startS3Server, useCredentials } from '../../scripts/servers/s3-server.ts'
import { createS3Store } from '../../src/storage/s3.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { describeWithS3 } from '../support/describe-s3.ts'
import { objectCreated, queueEvent } from '../support/queue-events.ts'

type Door = (event: unknown, lambda?: object) => Promise<unknown>

describeWithS3('the doors for files', () => {
  let store: WritableStore
  let bucket: string
  let queue: Server
  let batch: Door
  let split: Door
  const asked: string[] = []
  const logged = vi.spyOn(process.stderr, 'write').mockReturnValue(true)

  beforeAll(async () => {
    const server = await startS3Server()
    useCredentials(server)
    bucket = await createBucket(server)
    store = createS3Store({ bucket, prefix: '', endpoint: server.endpoint })
    queue = createServer(async (request, response) => {
      asked.push(await text(request))
      response
        .writeHead(asked.length === 1 ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' })
        .end('{}')
    })
    await new Promise<void>((resolve) => queue.listen(0, '127.0.0.1', resolve))
    process.env.AWS_ENDPOINT_URL_S3 = server.endpoint
    process.env.AWS_ENDPOINT_URL_SQS = `http://127.0.0.1:${(queue.address() as AddressInfo).port}`
    process.env.AWS_REGION = 'us-east-1'
    process.env.RANGE_BYTES = '60'
    vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    batch = (await import('../../functions/batch.ts')).handler as Door
    split = (await import('../../functions/split.ts')).handler as Door
  }, 120_000)
  afterAll(() => {
    queue.close()
    vi.restoreAllMocks()
    for (const name of ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL_SQS', 'AWS_REGION', 'RANGE_BYTES'])
      delete process.env[name]
  })

  const put = (key: string, body: string) => store.write(key, Buffer.from(body))
  const outputs = async (name: string) => {
    const keys: string[] = []
    for await (const key of store.list('output/')) if (key.includes(name)) keys.push(key)
    return keys
  }
  const drop = async (key: string, body: string, settings: object = {}) => {
    await put(`${key}.job.json`, JSON.stringify(settings))
    await put(key, body)
    return batch(queueEvent([objectCreated(bucket, encodeURIComponent(key), { eTag: undefined })]))
  }

  it('make vectors of a table in a bucket', async () => {
    const csv = 'id,title\n1,"Nurse, intensive care"\n2,数据工程师\n'
    const answer = await drop('input/jobs titles.csv', csv, { textColumn: 'title', encoding: 'base64' })
    expect(answer).toEqual({ batchItemFailures: [] })
    const [part] = await outputs('jobs-titles.csv').then((keys) =>
      keys.filter((key) => key.includes('/part-')),
    )
    const rows = (await text(await store.read(part!)))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows.map(({ index, id }) => [index, id])).toEqual([
      [0, '1'],
      [1, '2'],
    ])
    expect(Buffer.from(rows[0].embedding, 'base64')).toHaveLength(1024)
  })

  it('build a collection and match rows against it', async () => {
    const jobs = ['nurse', 'teacher', 'data engineer']
      .map((title) => JSON.stringify({ id: title, text: title }))
      .join('\n')
    await drop('input/members.jsonl', jobs, { job: 'collection', collection: 'jobs' })
    await drop('input/people.txt', 'engineer for data\n', { job: 'match', collection: 'jobs', top: 1 })
    const [part] = (await outputs('people.txt')).filter((key) => key.includes('/part-'))
    expect(JSON.parse(await text(await store.read(part!)))).toMatchObject({
      index: 0,
      matches: [{ id: 'data engineer' }],
    })
  })

  it('say why a job cannot be done, and count the message as done', async () => {
    expect(await drop('input/a.txt', 'text', { model: 'jobs-statik' })).toEqual({ batchItemFailures: [] })
    const [failed] = (await outputs('a.txt')).filter((key) => key.endsWith('_FAILED.json'))
    expect(JSON.parse(await text(await store.read(failed!)))).toMatchObject({ code: 'unknown_model' })
    expect(logged.mock.calls.flat().join()).toContain('"code":"unknown_model"')
  })

  it('let a message that was not finished come again at once, if the queue allows', async () => {
    const event = queueEvent([objectCreated(bucket, 'input/late.txt', { eTag: undefined })])
    await put('input/late.txt', 'text\n'.repeat(10))
    const none = { getRemainingTimeInMillis: () => 0 }
    for (const calls of [1, 2]) {
      expect(await batch(event, none)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] })
      expect(asked.length).toBeGreaterThanOrEqual(calls)
    }
    expect(JSON.parse(asked[0]!)).toMatchObject({ ReceiptHandle: 'receipt-0', VisibilityTimeout: 0 })
    expect(logged.mock.calls.flat().join()).toContain('"requestId":"release"')
  })

  it('turn the pieces of a file into vectors', async () => {
    await put('input/pieces.txt', Array.from({ length: 20 }, (_, index) => `line ${index}\n`).join(''))
    const plan = (await split({ step: 'plan', bucket, key: 'input/pieces.txt' })) as {
      job: string
      ranges: number
      items: string
    }
    expect(plan.ranges).toBeGreaterThan(2)
    for (const range of JSON.parse(await text(await store.read(plan.items)))) {
      expect(await split({ step: 'work', bucket, job: plan.job, range })).toEqual({ finished: true })
    }
    expect(await split({ step: 'finish', bucket, job: plan.job })).toMatchObject({ rows: 20, errors: 0 })
    expect((await outputs(plan.job)).filter((key) => key.includes('/part-'))).toHaveLength(plan.ranges)
  })
})
