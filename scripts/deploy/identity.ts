import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

const LONGEST_MS = 10_000

/**
 * The account that the credentials of this machine belong to, found as every AWS program finds them, or why they are
 * of no use. Asks the Security Token Service, which every credential may.
 */
export async function askIdentity(region: string): Promise<{ account: string } | { problem: string }> {
  const client = new STSClient({ region, maxAttempts: 1 })
  try {
    const abortSignal = AbortSignal.timeout(LONGEST_MS)
    const { Account } = await client.send(new GetCallerIdentityCommand({}), { abortSignal })
    return { account: Account! }
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
    const status = $metadata?.httpStatusCode
    if (status !== undefined) return { problem: `${status} ${name}; renew the credentials.` }
    return { problem: `${message}; run "aws configure" or set AWS_PROFILE.` }
  } finally {
    client.destroy()
  }
}
