import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { AppError } from '../../src/errors.ts'
import type { QueueMessage } from '../../src/lambda/batch-event.ts'
import { createBatchHandler } from '../../src/lambda/batch-handler.ts'
import { queueUrlOf } from '../../src/lambda/sqs.ts'
import type { BatchOutcome, BatchRequest } from '../../src/services/batch/batch.ts'
import { jobPrefixOf } from '../../src/services/batch/plan/job-keys.ts'
import type { TrainRequest, TrainService } from '../../src/services/train/train.ts'
import { createMemoryStore } from '../support/memory-store.ts'
import { objectCreated, queueEvent } from '../support/queue-events.ts'

/** A handler over a service that answers by key. */
function createFixture(
  answer: (key: string) => Partial<BatchOutcome>,
  store = createMemoryStore(),
  train?: TrainService,
) {
  const requests: BatchRequest[] = []
  const released: (QueueMessage & { seconds: number })[] = []
  const errors: string[] = []
  const sentences: string[] = []
  const buckets: string[] = []
  let written = 0
  const handler = createBatchHandler({
    batch: {
      async run(request) {
        requests.push(request)
        return { job: 'job', status: 'succeeded', ...answer(request.key) }
      },
    },
    ...(train && { train }),
    openBucket: async (bucket) => {
      buckets.push(bucket)
      return store
    },
    splitBytes: 1000,
    release: async (message, seconds) => void released.push({ ...message, seconds }),
    writeMetrics: async () => void written++,
    onError: (error, message) => {
      errors.push(`${message}: ${error.code}`)
      sentences.push(error.message)
    },
  })
  return { handler, requests, released, errors, sentences, buckets, written: () => written }
}

describe('the batch door', () => {
  it('hands on each object that was created, its key decoded', async () => {
    const { handler, requests, buckets, written } = createFixture(() => ({}))
    const event = queueEvent([
      objectCreated('files', 'input/a+b%2B%E6%95%B0.csv', { eTag: 'e1', versionId: 'v1' }),
      objectCreated('files', 'input/plain.jsonl', { eTag: '"e2"', versionId: 'null' }),
    ])
    expect(await handler(event)).toEqual({ batchItemFailures: [] })
    expect(requests.map(({ key, etag, versionId, message }) => [key, etag, versionId, message])).toEqual([
      ['input/a b+数.csv', 'e1', 'v1', { id: 'message-0', receiveCount: 1 }],
      ['input/plain.jsonl', 'e2', undefined, { id: 'message-1', receiveCount: 1 }],
    ])
    expect(buckets).toEqual(['files', 'files'])
    expect(written()).toBe(1)
  })

  it('reads what EventBridge makes of the same', async () => {
    const { handler, requests } = createFixture(() => ({}))
    const detail = {
      bucket: { name: 'files' },
      object: { key: 'input/a+b.csv', size: 5, etag: 'e', 'version-id': 'v' },
    }
    await handler(queueEvent([{ 'detail-type': 'Object Created', detail }]))
    expect(requests).toMatchObject([{ key: 'input/a+b.csv', etag: 'e', versionId: 'v' }])
  })

  it('leaves alone what is no input: settings, folders, output, deletions, the test event', async () => {
    const { handler, requests } = createFixture(() => ({}))
    const removed = objectCreated('files', 'input/a.csv')
    removed.Records[0]!.eventName = 'ObjectRemoved:Delete'
    const event = queueEvent([
      objectCreated('files', 'input/a.csv.job.json'),
      objectCreated('files', 'input/folder/'),
      objectCreated('files', 'output/job/part-00000.jsonl'),
      removed,
      { Service: 'Amazon S3', Event: 's3:TestEvent' },
    ])
    expect(await handler(event)).toEqual({ batchItemFailures: [] })
    expect(requests).toEqual([])
  })

  it('keeps the message of a large file until the state machine has begun its job', async () => {
    const begun = `output/${jobPrefixOf('input/large.csv', 'etag')}00000000/_JOB.json`
    const store = createMemoryStore()
    const { handler, requests, released, errors } = createFixture(() => ({}), store)
    const large = objectCreated('files', 'input/large.csv', { size: 1000 })
    const again = { batchItemFailures: [{ itemIdentifier: 'message-0' }] }
    expect(await handler(queueEvent([large]))).toEqual(again)
    expect(errors).toEqual([])
    expect(await handler(queueEvent([large], 4))).toEqual(again)
    expect(released.map(({ seconds }) => seconds)).toEqual([5, 40])
    expect(errors).toEqual(['message-0: upstream_failed'])
    await store.write(begun, Buffer.from('{}'))
    expect(await handler(queueEvent([large], 5))).toEqual({ batchItemFailures: [] })
    expect(requests).toEqual([])
  })

  it('needs no message of a large file that is gone', async () => {
    const { handler } = createFixture(() => ({}))
    const large = objectCreated('files', 'input/large.csv', { size: 1000, eTag: undefined })
    expect(await handler(queueEvent([large]))).toEqual({ batchItemFailures: [] })
  })

  it('refuses to open the job of a large file again, and names the command that does', async () => {
    const begun = {
      [`output/${jobPrefixOf('input/large.csv', 'etag')}00000000/_JOB.json`]: Buffer.from('{}'),
    }
    const { handler, released, sentences } = createFixture(() => ({}), createMemoryStore(begun))
    const large = { ...objectCreated('files', 'input/large.csv', { size: 1000 }) }
    const announced = { Records: large.Records.map((record) => ({ ...record, job: 'large-1' })) }
    expect(await handler(queueEvent([announced]))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-0' }],
    })
    expect(released).toMatchObject([{ seconds: 0 }])
    expect(sentences).toEqual([
      "Job large-1 of input/large.csv (1000 bytes) is the state machine's, not the queue's: npm run batch -- redrive large-1 --bucket <DataBucketName> --state-machine <SplitStateMachineArn>.",
    ])
  })

  it('answers the messages whose work goes on, and lets them come again at once', async () => {
    const answers: Record<string, Partial<BatchOutcome>> = {
      'input/late': { status: 'unfinished' },
      'input/broken': { status: 'unfinished', error: new AppError('upstream_failed', 'No answer.') },
      'input/poison': { status: 'poisoned', error: new AppError('internal', 'It kills its workers.') },
      'input/wrong': { status: 'failed', error: new AppError('invalid_request', 'No such model.') },
    }
    const { handler, released, errors } = createFixture((key) => answers[key] ?? {})
    const event = queueEvent(
      [...Object.keys(answers), 'input/good'].map((key) => objectCreated('files', key)),
    )
    expect(await handler(event)).toEqual({
      batchItemFailures: ['message-0', 'message-1', 'message-2'].map((id) => ({ itemIdentifier: id })),
    })
    expect(released.map(({ id, receipt, seconds }) => [id, receipt, seconds])).toEqual([
      ['message-0', 'receipt-0', 0],
      ['message-1', 'receipt-1', 5],
      ['message-2', 'receipt-2', 0],
    ])
    expect(errors).toEqual([
      'message-1: upstream_failed',
      'message-2: internal',
      'message-3: invalid_request',
    ])
  })

  it.each([
    [1, 5],
    [3, 20],
    [40, 600],
  ])('gives trouble elsewhere more time with each try: after %i tries %i seconds', async (count, seconds) => {
    const error = new AppError('upstream_failed', 'No answer.')
    const { handler, released } = createFixture(() => ({ status: 'unfinished', error }))
    await handler(queueEvent([objectCreated('files', 'input/a')], count))
    expect(released).toMatchObject([{ seconds }])
  })

  it.each([
    [1, 0],
    [100, 0],
    [101, 600],
  ])(
    'lets one beyond help come again at once until no dead-letter queue can be there: after %i tries %i seconds',
    async (count, seconds) => {
      const { handler, released } = createFixture(() => ({}))
      await handler(queueEvent(['hello'], count))
      expect(released).toMatchObject([{ seconds }])
    },
  )

  it('fails a message that is no event, and goes on with the next', async () => {
    const { handler, requests, errors } = createFixture(() => ({}))
    const event = queueEvent([
      'no json',
      {},
      { Records: [{ eventName: 'ObjectCreated:Put' }] },
      objectCreated('files', 'input/%E0%A4%A'),
    ])
    event.Records.push(...queueEvent([objectCreated('files', 'input/fine')]).Records)
    expect((await handler(event)).batchItemFailures).toHaveLength(4)
    expect(errors).toHaveLength(4)
    expect(requests).toHaveLength(1)
  })

  it('refuses an event that is none of a queue', async () => {
    const { handler } = createFixture(() => ({}))
    await expect(handler({ version: '2.0' })).rejects.toThrow(/no Records; expected one of an SQS queue/)
  })

  it('keeps time back from the deadline, and never most of it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const deadlines: number[] = []
    const handler = createBatchHandler({
      batch: {
        async run(_, { deadline }) {
          deadlines.push(deadline - Date.now())
          return { job: 'job', status: 'succeeded' }
        },
      },
      openBucket: async () => createMemoryStore(),
      splitBytes: 1000,
      writeMetrics: async () => {},
      onError: () => {},
    })
    const event = queueEvent([objectCreated('files', 'input/a')])
    await handler(event, { getRemainingTimeInMillis: () => 900_000, awsRequestId: 'r' })
    await handler(event, { getRemainingTimeInMillis: () => 1000 })
    await handler(event)
    expect(deadlines).toEqual([895_000, 900, Number.POSITIVE_INFINITY])
  })
})

it.each([
  [
    'arn:aws:sqs:eu-west-1:123456789012:files',
    undefined,
    'https://sqs.eu-west-1.amazonaws.com/123456789012/files',
  ],
  ['arn:aws-cn:sqs:cn-north-1:1:q', undefined, 'https://sqs.cn-north-1.amazonaws.com.cn/1/q'],
  ['arn:aws:sqs:eu-west-1:1:q', 'http://127.0.0.1:9324/', 'http://127.0.0.1:9324/1/q'],
])('the queue %s with the endpoint %s is at %s', (arn, endpoint, url) => {
  expect(queueUrlOf(arn, endpoint)).toBe(url)
})

describe('learning jobs at a door', () => {
  const event = (receiveCount = 1) =>
    queueEvent(
      [objectCreated('files', 'train/acme/learn.json'), objectCreated('files', 'train/acme/pairs.csv')],
      receiveCount,
    )

  it('go to the service that learns, by the settings that begin them and no other file', async () => {
    const requests: TrainRequest[] = []
    const { handler, requests: files } = createFixture(() => ({}), undefined, {
      async run(request) {
        requests.push(request)
        return { job: 'acme-1', status: 'refused' }
      },
    })
    expect(await handler(event(2))).toEqual({ batchItemFailures: [] })
    expect(requests.map(({ key, message }) => [key, message])).toEqual([
      ['train/acme/learn.json', { id: 'message-0', receiveCount: 2 }],
    ])
    expect(files).toEqual([])
  })

  it('come again while they are unfinished', async () => {
    const { handler } = createFixture(() => ({}), undefined, {
      run: async () => ({ job: 'acme-1', status: 'unfinished' }),
    })
    expect(await handler(event())).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] })
  })

  it('are left, and told of, where nothing learns', async () => {
    const { handler, errors } = createFixture(() => ({}))
    expect(await handler(event())).toEqual({ batchItemFailures: [] })
    expect(errors).toEqual(['message-0: invalid_request'])
  })
})
