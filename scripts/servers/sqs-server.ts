import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { pythonWith, startMoto } from './moto-server.ts'

/** A server that speaks SQS, with queues of ours. */
export interface SqsServer {
  readonly endpoint: string
  /** Makes a queue whose messages are set aside after so many receipts, and answers the addresses of both. */
  createQueue(
    name: string,
    maxReceiveCount: number,
  ): Promise<{ readonly url: string; readonly aside: string }>
  /** A client of its own, for whoever looks on. */
  readonly client: SQSClient
  close(): void
}

/** The Python that has moto, an SQS server of PyPI; none when neither ours nor the machine's has it. */
export function pythonWithMoto(): string | undefined {
  return pythonWith('moto', 'flask, moto.server')
}

/** Starts moto's server on a free port of this machine. */
export async function startSqsServer(python: string): Promise<SqsServer> {
  const { endpoint, close } = await startMoto(python)
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const client = new SQSClient({ endpoint, credentials, region: 'us-east-1' })
  const create = async (QueueName: string, Attributes: Record<string, string> = {}) =>
    (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!
  return {
    endpoint,
    client,
    async createQueue(name, maxReceiveCount) {
      const aside = await create(`${name}-aside`)
      const asked = new GetQueueAttributesCommand({ QueueUrl: aside, AttributeNames: ['QueueArn'] })
      const deadLetterTargetArn = (await client.send(asked)).Attributes!.QueueArn!
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount })
      return { url: await create(name, { RedrivePolicy }), aside }
    },
    close() {
      client.destroy()
      close()
    },
  }
}
