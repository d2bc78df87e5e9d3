import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { expect, onTestFinished, test, vi } from 'vitest'
import { MessageGone } from '../../src/queue/message-queue.ts'
import { createSqsQueue, regionOf } from '../../src/queue/sqs-queue.ts'

interface Reply {
  readonly status: number
  readonly body: object
}

/** A queue of a server that gives these answers in turn, and the requests that it got. */
async function openQueue(...replies: Reply[]) {
  const asked: unknown[] = []
  const server = createServer(async (request, response) => {
    asked.push([String(request.headers['x-amz-target']).replace('AmazonSQS.', ''), await json(request)])
    const { status, body } = replies.length > 1 ? replies.shift()! : replies[0]!
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b')
  onTestFinished(() => {
    server.close()
    vi.unstubAllEnvs()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/1/files`
  return { asked, url, queue: createSqsQueue({ url, endpoint: undefined, visibilitySeconds: 45 }) }
}

const refusal = (name: string, message = 'No.'): Reply => ({
  status: 400,
  body: { __type: `com.amazonaws.sqs#${name}`, message },
})
const running = () => new AbortController().signal

test.each([
  ['https://sqs.eu-west-1.amazonaws.com/123/files', 'eu-west-1'],
  ['https://sqs.cn-north-1.amazonaws.com.cn/123/files', 'cn-north-1'],
  ['https://vpce-1-a.sqs.us-east-2.vpce.amazonaws.com/123/files', 'us-east-2'],
  ['http://elasticmq:9324/000000000000/files', undefined],
  ['https://sqs.example.com/files', undefined],
])('the region of the queue %s is %s', (url, region) => {
  expect(regionOf(url)).toBe(region)
})

test('asks the address of the queue for messages, hidden for the time that is set, with how often they came', async () => {
  const body = '{"Records":[]}'
  const MD5OfBody = createHash('md5').update(body).digest('hex')
  const message = { MessageId: 'm', ReceiptHandle: 'r', Body: body, MD5OfBody }
  const Attributes = { ApproximateReceiveCount: '3' }
  const { queue, asked, url } = await openQueue({
    status: 200,
    body: { Messages: [{ ...message, Attributes }] },
  })
  expect(await queue.receive(7, running())).toEqual([
    { id: 'm', receipt: 'r', receiveCount: 3, queueArn: url, body },
  ])
  expect(asked).toMatchObject([
    ['ReceiveMessage', { QueueUrl: url, MaxNumberOfMessages: 7, VisibilityTimeout: 45, WaitTimeSeconds: 20 }],
  ])
})

test('hides and removes a message by its receipt', async () => {
  const { queue, asked, url } = await openQueue({ status: 200, body: {} })
  await queue.hide('r', 45, 4999.5)
  await queue.remove('r')
  expect(asked).toEqual([
    ['ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle: 'r', VisibilityTimeout: 45 }],
    ['DeleteMessage', { QueueUrl: url, ReceiptHandle: 'r' }],
  ])
})

test.each([
  ['MessageNotInflight', 'Not in flight.', true],
  ['ReceiptHandleIsInvalid', 'Not valid.', true],
  ['InvalidParameterValue', 'Value r for parameter ReceiptHandle is invalid.', true],
  ['InvalidParameterValue', 'Total VisibilityTimeout is beyond the limit.', false],
  ['AccessDenied', 'Not allowed.', false],
])(
  'of a message that cannot be hidden for %s (%s) it says whether it is gone: %s',
  async (name, message, gone) => {
    const { queue } = await openQueue(refusal(name, message))
    const error: unknown = await queue.hide('r', 45, 5000).catch((caught: unknown) => caught)
    expect([error instanceof Error, error instanceof MessageGone]).toEqual([true, gone])
  },
)

test.each([
  ['QueueDoesNotExist', false],
  ['AccessDenied', false],
  ['OverLimit', true],
])('says of %s whether waiting helps: %s', async (name, retryable) => {
  const { queue, url } = await openQueue(refusal(name))
  const asking = queue.receive(1, running())
  await expect(asking).rejects.toMatchObject({ code: 'upstream_failed', retryable })
  await expect(asking).rejects.toThrow(url)
})

test('gives nothing, and throws nothing, when it is not to wait any longer', async () => {
  const { queue } = await openQueue(refusal('OverLimit'))
  expect(await queue.receive(1, AbortSignal.abort())).toEqual([])
})
