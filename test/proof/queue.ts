import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bodyOf } from './lambda-environment.ts'

/** A message that was handed out. */
interface Delivery {
  readonly id: string
  readonly receipt: string
  readonly receiveCount: number
  readonly body: string
}

/** What a proof does to a queue and sees of it. */
export interface WatchedQueue {
  /** Adds a message that can be received after `delayMs`. */
  send(body: string, delayMs?: number): void
  /** Bodies of messages that were handed out too often. */
  readonly deadLetters: readonly string[]
  /** Sends one of them anew. */
  redrive(body: string): void
  /** Messages that have to be worked on, those included that are set aside and not yet redriven. */
  count(): Promise<number>
  close(): void
}

/** What SQS promises, and no more: at least once, in any order, out of sight for a while, at last set aside. */
export interface TestQueue extends WatchedQueue {
  /** Where its API is, as far as a function needs it. */
  readonly endpoint: string
  readonly arn: string
  /** A message that is in sight, any of them, or none. */
  receive(random: () => number): Delivery | undefined
  remove(receipt: string): void
  /** Messages that are neither done nor set aside. */
  readonly length: number
  /** How often a function asked for a message to be shown again. */
  readonly releases: number
}

/** How a queue is set up. */
export interface QueueSettings {
  readonly visibilityMs: number
  readonly maxReceiveCount: number
}

interface Entry {
  readonly id: string
  readonly body: string
  receipt: string
  receiveCount: number
  visibleAt: number
}

/** A queue in this process, with the part of its HTTP API that shows a message again. */
export async function openQueue({ visibilityMs, maxReceiveCount }: QueueSettings): Promise<TestQueue> {
  const entries = new Map<string, Entry>()
  const deadLetters: string[] = []
  let releases = 0
  let redriven = 0
  const byReceipt = (receipt: string) => [...entries.values()].find((entry) => entry.receipt === receipt)
  const server = createServer(async (request, response) => {
    const { ReceiptHandle, VisibilityTimeout } = JSON.parse(await bodyOf(request))
    const entry = byReceipt(ReceiptHandle)
    const known = request.headers['x-amz-target'] === 'AmazonSQS.ChangeMessageVisibility' && entry
    if (known) {
      entry.visibleAt = Date.now() + VisibilityTimeout * 1000
      releases++
    }
    response.writeHead(known ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' })
    response.end(known ? '{}' : '{"__type":"com.amazonaws.sqs#ReceiptHandleIsInvalid"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const send = (body: string, delayMs = 0) => {
    const id = crypto.randomUUID()
    entries.set(id, { id, body, receipt: '', receiveCount: 0, visibleAt: Date.now() + delayMs })
  }
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arn: 'arn:aws:sqs:us-east-1:123456789012:files',
    send,
    redrive(body) {
      redriven++
      send(body)
    },
    count: async () => entries.size + deadLetters.length - redriven,
    receive(random) {
      const visible = [...entries.values()].filter(({ visibleAt }) => visibleAt <= Date.now())
      const entry = visible[Math.floor(random() * visible.length)]
      if (!entry) return undefined
      if (entry.receiveCount >= maxReceiveCount) {
        entries.delete(entry.id)
        deadLetters.push(entry.body)
        return undefined
      }
      entry.receiveCount++
      entry.receipt = crypto.randomUUID()
      entry.visibleAt = Date.now() + visibilityMs
      return { ...entry }
    },
    remove(receipt) {
      const entry = byReceipt(receipt)
      if (entry) entries.delete(entry.id)
    },
    get length() {
      return entries.size
    },
    deadLetters,
    get releases() {
      return releases
    },
    close: () => void server.close(),
  }
}

/** A message as Lambda hands it to a function. */
export function toRecord({ id, receipt, receiveCount, body }: Delivery, { arn }: TestQueue) {
  const attributes = { ApproximateReceiveCount: String(receiveCount) }
  return {
    messageId: id,
    receiptHandle: receipt,
    body,
    attributes,
    eventSourceARN: arn,
    eventSource: 'aws:sqs',
  }
}
