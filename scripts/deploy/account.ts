import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation'
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetBucketNotificationConfigurationCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { AccountFacts, BucketFacts, WantedBucket } from './account-facts.ts'

const LONGEST_MS = 10_000

/**
 * What an account has that decides whether a deployment succeeds: how many functions may run at a time, and whether the
 * buckets are there. What the credentials may not ask is a sentence in `refused`; nothing is changed.
 */
export async function askAccount(
  region: string,
  stack: string,
  wanted: readonly WantedBucket[],
): Promise<AccountFacts> {
  const refused: string[] = []
  const ask = async <Answer>(what: string, question: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await question()
    } catch (error) {
      refused.push(`AWS did not say ${what}: ${(error as Error).name}`)
      return undefined
    }
  }
  const concurrency = await ask('how many functions may run at a time', () => askConcurrency(region))
  const buckets = await Promise.all(
    wanted.map((bucket) =>
      ask(`whether there is a bucket ${bucket.name}`, () => askBucket(region, stack, bucket)),
    ),
  )
  return { concurrency, buckets: buckets.filter((bucket) => bucket !== undefined), refused }
}

async function askConcurrency(region: string): Promise<number | undefined> {
  const client = new LambdaClient({ region, maxAttempts: 1 })
  try {
    const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}), patience())
    return AccountLimit?.ConcurrentExecutions
  } finally {
    client.destroy()
  }
}

async function askBucket(region: string, stack: string, wanted: WantedBucket): Promise<BucketFacts> {
  const client = new S3Client({ region, maxAttempts: 1 })
  try {
    const state = await stateOf(client, wanted.name)
    const isOwn = state !== 'absent' && wanted.created !== undefined
    return {
      ...wanted,
      state,
      ofStack: isOwn && (await belongsTo(region, stack, wanted.created)) === wanted.name,
      tellsEventBridge:
        state === 'there' && wanted.created === undefined && (await tellsEventBridge(client, wanted.name)),
    }
  } finally {
    client.destroy()
  }
}

async function stateOf(client: S3Client, name: string): Promise<BucketFacts['state']> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: name }), patience())
    return 'there'
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
    if (status === 404) return 'absent'
    // Somebody else's, or one of another region: the name is taken.
    if (status === 403 || status === 301) return 'forbidden'
    throw error
  }
}

async function tellsEventBridge(client: S3Client, name: string): Promise<boolean> {
  const question = new GetBucketNotificationConfigurationCommand({ Bucket: name })
  return (await client.send(question, patience())).EventBridgeConfiguration !== undefined
}

/** The name of a resource of a stack; undefined when there is no such stack or resource. */
async function belongsTo(region: string, stack: string, id: string | undefined): Promise<string | undefined> {
  const client = new CloudFormationClient({ region, maxAttempts: 1 })
  try {
    const question = new DescribeStackResourceCommand({ StackName: stack, LogicalResourceId: id })
    return (await client.send(question, patience())).StackResourceDetail?.PhysicalResourceId
  } catch (error) {
    if ((error as Error).name === 'ValidationError') return undefined
    throw error
  } finally {
    client.destroy()
  }
}

function patience() {
  return { abortSignal: AbortSignal.timeout(LONGEST_MS) }
}
