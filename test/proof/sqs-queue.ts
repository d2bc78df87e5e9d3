import { setTimeout as sleep } from 'node:timers/promises'
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import type { SqsServer } from '../../scripts/servers/sqs-server.ts'
import type { WatchedQueue } from './queue.ts'

/** A queue of a real server, seen from outside with a client of its own. */
interface RealQueue extends WatchedQueue {
  readonly url: string
}

/** Makes a queue that sets messages aside after so many receipts. */
export async function openRealQueue(
  server: SqsServer,
  name: string,
  maxReceiveCount: number,
): Promise<RealQueue> {
  const { client } = server
  const { url, aside } = await server.createQueue(name, maxReceiveCount)
  const deadLetters: string[] = []
  let [sending, redriven, closed] = [0, 0, false]
  const send = (body: string, delayMs = 0) => {
    sending++
    sleep(delayMs)
      .then(() => client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body })))
      .finally(() => sending--)
  }
  const lengthOf = async (QueueUrl: string) => {
    const AttributeNames = [...COUNTS]
    const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))
    return COUNTS.reduce((sum, attribute) => sum + Number(Attributes[attribute]), 0)
  }
  const watchAside = async () => {
    for (; !closed; await sleep(300)) {
      const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: aside }))
      for (const { Body, ReceiptHandle } of Messages) {
        deadLetters.push(Body!)
        await client.send(new DeleteMessageCommand({ QueueUrl: aside, ReceiptHandle }))
      }
    }
  }
  const watched = watchAside()
  return {
    url,
    send,
    deadLetters,
    redrive(body) {
      send(body)
      redriven++
    },
    async count() {
      // Last what a message passes through first, so that none is overlooked on its way.
      const left = sending + (await lengthOf(url)) + (await lengthOf(aside))
      return left + deadLetters.length - redriven + sending
    },
    async close() {
      closed = true
      await watched
    },
  }
}

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const
