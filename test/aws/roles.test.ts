import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callOnce, type Outcome } from './functions.ts'
import { arnOf, nameOf, REGION } from './resolve.ts'
import { openStack, type Stack } from './stack.ts'
import { describeWithAws } from './tools.ts'

const LINES = Array.from({ length: 300 }, (_, index) =>
  JSON.stringify({ id: index, text: `护士 nurse ${index}` }),
)
const FILE = Buffer.from(`${LINES.join('\n')}\n`)

describeWithAws('the roles of the packaged template, enforced', (python) => {
  let stack: Stack
  let queue: SQSClient
  let QueueUrl: string
  beforeAll(async () => {
    stack = await openStack(python)
    const { endpoint, template } = stack
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
    queue = new SQSClient({ endpoint, credentials, region: REGION })
    const made = await queue.send(new CreateQueueCommand({ QueueName: nameOf(template, 'BatchQueue') }))
    QueueUrl = made.QueueUrl!
  }, 600_000)
  afterAll(() => {
    queue?.destroy()
    stack?.close()
  })

  /** What S3 sends to the queue for a new object, as Lambda hands it to the function. */
  async function eventOf(key: string) {
    const { data, template } = stack
    const object = { key: encodeURIComponent(key).replaceAll('%2F', '/'), size: FILE.byteLength }
    const record = {
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: data.name }, object },
    }
    await queue.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ Records: [record] }) }))
    const { Messages = [] } = await queue.send(new ReceiveMessageCommand({ QueueUrl }))
    const [{ Body, MessageId, ReceiptHandle } = {}] = Messages
    return {
      Records: [
        {
          ...{ messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, eventSource: 'aws:sqs' },
          ...{ attributes: { ApproximateReceiveCount: '1' }, eventSourceARN: arnOf(template, 'BatchQueue') },
        },
      ],
    }
  }

  it('let each door do its work, and nobody else do it', { timeout: 600_000 }, async () => {
    const { data, assume, door, enforce } = stack
    await data.put('input/jobs-static/small.jsonl', FILE)
    await data.put('input/jobs-static/large.jsonl', FILE)
    const event = await eventOf('input/jobs-static/small.jsonl')
    const [batch, split, embed] = [
      await assume('BatchRole'),
      await assume('SplitRole'),
      await assume('EmbedRole'),
    ]
    const listed = (await data.list('input/')).length
    await enforce()

    const stranger = await callOnce(door('batch', embed), event)
    expect(answerOf(stranger)).toEqual({
      batchItemFailures: [{ itemIdentifier: event.Records[0]!.messageId }],
    })
    expect(answerOf(await callOnce(door('batch', batch), event))).toEqual({ batchItemFailures: [] })

    const step = (payload: object, keys = split) =>
      callOnce(door('split', keys), { bucket: data.name, ...payload })
    const planned = (await step({ step: 'plan', key: 'input/jobs-static/large.jsonl' })) as Outcome & {
      answer: { job: string }
    }
    expect(planned.errorType).toBeUndefined()
    const range = { number: 0, start: 0, end: FILE.byteLength, index: 0, line: 1 }
    const { job } = planned.answer
    expect((await step({ step: 'work', job, range }, embed)).errorType).toBeDefined()
    expect(answerOf(await step({ step: 'work', job, range }))).toMatchObject({ finished: true })
    expect(answerOf(await step({ step: 'finish', job }))).toMatchObject({ rows: LINES.length, errors: 0 })
    expect(listed).toBe(2)
  })
})

function answerOf(outcome: Outcome): unknown {
  expect(outcome.errorMessage).toBeUndefined()
  return outcome.answer
}
