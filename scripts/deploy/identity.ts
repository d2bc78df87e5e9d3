import { S3Client } from '@aws-sdk/client-s3'
import { signPost } from '../../src/storage/signature.ts'

const QUESTION = 'Action=GetCallerIdentity&Version=2011-06-15'
const LONGEST_MS = 10_000

/**
 * The account that the credentials of this machine belong to, found as every AWS program finds them, or why they are
 * of no use. Asks the Security Token Service, which every credential may.
 */
export async function askIdentity(region: string): Promise<{ account: string } | { problem: string }> {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS = AWS_ENDPOINT_URL } = process.env
  const url = new URL(AWS_ENDPOINT_URL_STS ?? `https://sts.${region}.${domain}/`)
  try {
    const credentials = await new S3Client({ region }).config.credentials()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const signed = signPost(
      { url, headers, body: QUESTION },
      credentials,
      { region, service: 'sts' },
      new Date(),
    )
    const signal = AbortSignal.timeout(LONGEST_MS)
    const response = await fetch(url, { method: 'POST', headers: signed, body: QUESTION, signal })
    const text = await response.text()
    const account = /<Account>(\d+)<\/Account>/.exec(text)?.[1]
    if (account) return { account }
    return {
      problem: `${response.status} ${/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? ''}; renew the credentials.`,
    }
  } catch (error) {
    return { problem: `${(error as Error).message}; run "aws configure" or set AWS_PROFILE.` }
  }
}
