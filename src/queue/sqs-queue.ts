import type { SQSClient } from '@aws-sdk/client-sqs'
import { AppError } from '../errors.ts'
import { once } from '../once.ts'
import { MessageGone, type MessageQueue } from './message-queue.ts'

/** Where the queue is and how long a message stays hidden. */
interface SqsPlace {
  /** The queue's own address, such as `https://sqs.eu-west-1.amazonaws.com/123456789012/files`. */
  readonly url: string
  /** Another server than the one in `url`. */
  readonly endpoint: string | undefined
  readonly visibilitySeconds: number
}

/** Amazon's longest wait for a message: an empty queue is asked three times a minute. */
const WAIT_SECONDS = 20
/** A server that does not answer by then is asked again. */
const RECEIVE_MS = WAIT_SECONDS * 1000 + 10_000
const REMOVE_MS = 10_000
/** A server of one's own has no regions, yet the signature wants one. */
const ANY_REGION = 'us-east-1'

/**
 * A queue of SQS, or of a server that speaks its language (ElasticMQ, moto). Credentials are found as every AWS program
 * finds them; the region is that of the address. Loading the client takes 70 ms, with the first question.
 */
export function createSqsQueue({ url, endpoint, visibilitySeconds }: SqsPlace): MessageQueue {
  const sqs = once(async () => {
    const library = await import('@aws-sdk/client-sqs')
    const client: SQSClient = new library.SQSClient({
      endpoint: endpoint ?? new URL(url).origin,
      region: regionOf(url) ?? ANY_REGION,
      maxAttempts: 3,
    })
    return { ...library, client }
  })
  return {
    name: url,
    async receive(most, signal) {
      const { client, ReceiveMessageCommand } = await sqs()
      const command = new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: most,
        WaitTimeSeconds: WAIT_SECONDS,
        VisibilityTimeout: visibilitySeconds,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      })
      const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(RECEIVE_MS)])
      try {
        const { Messages = [] } = await client.send(command, { abortSignal })
        return Messages.map(({ MessageId, ReceiptHandle, Body, Attributes }) => ({
          id: String(MessageId),
          receipt: String(ReceiptHandle),
          receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
          queueArn: url,
          body: String(Body),
        }))
      } catch (error) {
        if (signal.aborted) return []
        throw explain(error, url)
      }
    },
    async hide(receipt, seconds, limitMs) {
      const { client, ChangeMessageVisibilityCommand } = await sqs()
      const command = new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      })
      await client
        .send(command, { abortSignal: AbortSignal.timeout(Math.ceil(limitMs)) })
        .catch((error: ClientError) => {
          throw isGone(error) ? new MessageGone(error.message) : error
        })
    },
    async remove(receipt) {
      const { client, DeleteMessageCommand } = await sqs()
      const command = new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt })
      await client.send(command, { abortSignal: AbortSignal.timeout(REMOVE_MS) })
    },
  }
}

/** The region in the address of one of Amazon's queues, also in China and behind an endpoint of a VPC. */
export function regionOf(url: string): string | undefined {
  const { hostname } = new URL(url)
  return /(?:^|\.)sqs\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?$/.exec(hostname)?.[1]
}

/** What the client's errors have of use. */
interface ClientError {
  readonly name: string
  readonly message: string
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
}

/** Amazon calls it an invalid parameter, other servers by names of their own. */
function isGone({ name, message }: ClientError): boolean {
  if (name === 'InvalidParameterValue') return /receipt/i.test(message)
  return name === 'MessageNotInflight' || name === 'ReceiptHandleIsInvalid'
}

/** What will not pass by waiting. */
const LASTING =
  /^(QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue|InvalidAddress|AccessDenied|InvalidClientTokenId|UnrecognizedClientException|InvalidSecurity|SignatureDoesNotMatch|CredentialsProviderError|KmsAccessDenied)/

function explain(error: unknown, url: string): AppError {
  const { name, message, $metadata = {} } = error as ClientError
  const cause = new Error(
    `${name}: ${message}${$metadata.requestId ? ` (request ${$metadata.requestId})` : ''}`,
  )
  if (LASTING.test(name)) {
    const remedy =
      'check QUEUE_URL, and that the role may do sqs:ReceiveMessage, sqs:ChangeMessageVisibility and sqs:DeleteMessage'
    return new AppError('upstream_failed', `The queue ${url} gives no messages: ${name}; ${remedy}.`, {
      retryable: false,
      cause,
    })
  }
  const status = $metadata.httpStatusCode
  // Without a status it is the network: what it says has no names of ours.
  const answer = status ? `${status} ${name}` : message.slice(0, 200)
  return new AppError('upstream_failed', `The queue ${url} gave no answer (${answer}); it is asked again.`, {
    cause,
  })
}
