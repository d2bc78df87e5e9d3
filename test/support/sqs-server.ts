import { createHash, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { onTestFinished, vi } from 'vitest'

interface Request {
  readonly QueueUrl: string
  readonly MessageBody: string
  readonly ReceiptHandle: string
  readonly MaxNumberOfMessages: number
}

/** What SQS answers to the calls of the command line, with queues in this process. */
interface SqsServer {
  /** The address of a queue. */
  urlOf(name: string): string
  /** Bodies of the messages that it holds, in order. */
  bodiesOf(name: string): string[]
}

/** Opens a server until the test ends, and points SQS clients at it. A received message stays until it is deleted. */
export async function openSqs(): Promise<SqsServer> {
  const queues = new Map<string, { id: string; body: string; seen: boolean }[]>()
  const queueOf = (url: string) => {
    const name = url.slice(url.lastIndexOf('/') + 1)
    return queues.get(name) ?? queues.set(name, []).get(name)!
  }
  const md5 = (body: string) => createHash('md5').update(body).digest('hex')
  const actions: Record<string, (request: Request) => object> = {
    SendMessage({ QueueUrl, MessageBody: body }) {
      const id = randomUUID()
      queueOf(QueueUrl).push({ id, body, seen: false })
      return { MessageId: id, MD5OfMessageBody: md5(body) }
    },
    ReceiveMessage({ QueueUrl, MaxNumberOfMessages }) {
      const visible = queueOf(QueueUrl).filter(({ seen }) => !seen)
      const given = visible.slice(0, MaxNumberOfMessages)
      for (const message of given) message.seen = true
      return {
        Messages: given.map(({ id, body }) => ({
          ...{ MessageId: id, ReceiptHandle: id, Body: body, MD5OfBody: md5(body) },
        })),
      }
    },
    DeleteMessage({ QueueUrl, ReceiptHandle }) {
      const queue = queueOf(QueueUrl)
      queue.splice(
        queue.findIndex(({ id }) => id === ReceiptHandle),
        1,
      )
      return {}
    },
  }
  const server = createServer(async (request, response) => {
    const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '')
    const answer = actions[action]!((await json(request)) as Request)
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    vi.unstubAllEnvs()
  })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const environment = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
  for (const [name, value] of Object.entries({ ...environment, AWS_ENDPOINT_URL_SQS: endpoint }))
    vi.stubEnv(name, value)
  return {
    urlOf: (name) => `${endpoint}/123456789012/${name}`,
    bodiesOf: (name) => queueOf(name).map(({ body }) => body),
  }
}
