import type { WritableStore } from '../../src/storage/store.ts'

/** A queue of SQS by the address of its queue. */
interface Queue {
  /**
   * Sends the event of a new object, as S3 would, with the job that is to go on if it has begun. The version is said
   * where the bucket keeps them.
   */
  announce(object: Announced): Promise<void>
  /**
   * Moves every message of the queue at `from` to this one, but those that `isDone` deals with; answers how many there
   * were.
   */
  takeOver(from: string, isDone?: (body: string) => Promise<boolean>): Promise<number>
}

/** An object that is told of once more. */
interface Announced {
  readonly bucket: string
  readonly key: string
  readonly versionId?: string | undefined
  readonly job?: string | undefined
}

/** The queue at `url`; region and credentials are found as every AWS program finds them. */
export async function openQueue(url: string, store: WritableStore): Promise<Queue> {
  const sqs = await import('@aws-sdk/client-sqs')
  const client = new sqs.SQSClient({})
  return {
    async announce({ bucket, key, versionId, job }) {
      const stat = await store.stat(key)
      if (!stat) throw new Error(`s3://${bucket}/${key} is not there any more; drop the file again.`)
      const object = { key: encodeKey(key), size: stat.bytes, eTag: stat.etag, versionId }
      const event = {
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: bucket }, object },
        job,
      }
      const MessageBody = JSON.stringify({ Records: [event] })
      await client.send(new sqs.SendMessageCommand({ QueueUrl: url, MessageBody }))
    },
    async takeOver(from, isDone = async () => false) {
      for (let moved = 0; ; ) {
        const ask = { QueueUrl: from, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }
        const { Messages = [] } = await client.send(new sqs.ReceiveMessageCommand(ask))
        if (Messages.length === 0) return moved
        for (const { Body: MessageBody = '', ReceiptHandle } of Messages) {
          if (!(await isDone(MessageBody)))
            await client.send(new sqs.SendMessageCommand({ QueueUrl: url, MessageBody }))
          await client.send(new sqs.DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }))
          moved++
        }
      }
    },
  }
}

function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/')
}
