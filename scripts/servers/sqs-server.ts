import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { freePort } from './free-port.ts'

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

const START_MS = 60_000
const root = join(import.meta.dirname, '..', '..')
/** Where `scripts/install-test-servers.mjs` puts it. */
const installed = join(root, '.cache', 'moto', 'bin', 'python')

/** The Python that has moto, an SQS server of PyPI; none when neither ours nor the machine's has it. */
export function pythonWithMoto(): string | undefined {
  return [installed, 'python3'].find((python) => {
    if (python === installed && !existsSync(installed)) return false
    return spawnSync(python, ['-c', 'import flask, moto.server'], { stdio: 'ignore' }).status === 0
  })
}

/**
 * moto 5 builds its list of messages anew at each deletion, without the lock that its additions take, in a server with
 * threads: a message that is sent meanwhile is gone, which no queue may do. Deletions take the lock here.
 */
const MOTO_WITH_LOCK = `
from moto.sqs.models import Queue
from moto.server import main

delete_message = Queue.delete_message

def delete_with_lock(queue, receipt_handle):
    with queue._messages_lock:
        delete_message(queue, receipt_handle)

Queue.delete_message = delete_with_lock
main()
`

/** Starts moto's server on a free port of this machine. */
export async function startSqsServer(python: string): Promise<SqsServer> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const child = spawn(python, ['-c', MOTO_WITH_LOCK, '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
  })
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const client = new SQSClient({ endpoint, credentials, region: 'us-east-1' })
  for (const end = Date.now() + START_MS; ; await sleep(200)) {
    if (await fetch(`${endpoint}/moto-api/`).catch(() => undefined)) break
    if (Date.now() > end || child.exitCode !== null) throw new Error(`moto does not answer at ${endpoint}.`)
  }
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
      child.kill('SIGKILL')
    },
  }
}
