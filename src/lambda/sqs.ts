import type { SQSClient } from '@aws-sdk/client-sqs'
import { once } from '../once.ts'
import type { QueueMessage } from './batch-event.ts'

/** Lets a message come again after so many seconds, rather than when its visibility timeout ends. */
type ReleaseMessage = (message: QueueMessage, seconds: number) => Promise<void>

/**
 * Changes when messages come again, for instance at once, so that a job that ran out of time goes on in the next
 * invocation. A failure to do so is no harm: the message comes when its time is up.
 *
 * @param endpoint another server than Amazon's
 * @param onFailure told of such a failure
 */
export function createReleaser(
  endpoint: string | undefined,
  onFailure: (error: unknown) => void,
): ReleaseMessage {
  const client = once(() => openClient(endpoint))
  return async ({ queueArn, receipt }, seconds) => {
    try {
      const { ChangeMessageVisibilityCommand } = await import('@aws-sdk/client-sqs')
      await (await client()).send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrlOf(queueArn, endpoint),
          ReceiptHandle: receipt,
          VisibilityTimeout: seconds,
        }),
        { abortSignal: AbortSignal.timeout(RELEASE_MS) },
      )
    } catch (error) {
      onFailure(error)
    }
  }
}

/** The time for an answer of the queue, within what a function keeps back from its deadline. */
const RELEASE_MS = 2000

async function openClient(endpoint: string | undefined): Promise<SQSClient> {
  const { SQSClient } = await import('@aws-sdk/client-sqs')
  return new SQSClient({ ...(endpoint && { endpoint }), maxAttempts: 2 })
}

/** `arn:aws:sqs:<region>:<account>:<name>` as the address that the queue is reached at. */
export function queueUrlOf(arn: string, endpoint: string | undefined): string {
  const [, partition, , region, account, name] = arn.split(':')
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  return `${endpoint?.replace(/\/$/, '') ?? `https://sqs.${region}.${domain}`}/${account}/${name}`
}
