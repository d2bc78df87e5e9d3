import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { askAccount } from '../../scripts/deploy/account.ts'
import type { WantedBucket } from '../../scripts/deploy/account-facts.ts'
import { startAwsDouble } from './aws-double.ts'

const REGION = 'us-east-1'
const aws = await startAwsDouble()
beforeAll(() => {
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hidden')
})
afterAll(() => {
  vi.unstubAllEnvs()
  aws.close()
})

const given = (name: string): WantedBucket => ({ parameter: 'dataBucket', name, created: undefined })
const made = (name: string): WantedBucket => ({ parameter: 'dataBucket', name, created: 'DataBucket' })

test.each<[string, WantedBucket, object]>([
  ['is not there', given('absent'), { state: 'absent', ofStack: false, tellsEventBridge: false }],
  ['is not ours', given('forbidden'), { state: 'forbidden', ofStack: false, tellsEventBridge: false }],
  ['tells EventBridge', given('telling'), { state: 'there', ofStack: false, tellsEventBridge: true }],
  ['tells nobody', given('silent'), { state: 'there', ofStack: false, tellsEventBridge: false }],
  ['may be made', made('absent'), { state: 'absent', ofStack: false, tellsEventBridge: false }],
  ['the stack has', made('deployment-bucket'), { state: 'there', ofStack: true, tellsEventBridge: false }],
  ['an earlier stack left', made('silent'), { state: 'there', ofStack: false, tellsEventBridge: false }],
])('sees that a bucket %s', async (_, wanted, expected) => {
  const { buckets, concurrency, refused } = await askAccount(REGION, 'embeddings-prod', [wanted])
  expect({ buckets, concurrency, refused }).toEqual({
    buckets: [{ ...wanted, ...expected }],
    concurrency: 1000,
    refused: [],
  })
})

test('says what could not be asked, and goes on', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9')
  const { buckets, concurrency, refused } = await askAccount(REGION, 'embeddings-prod', [given('ours')])
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint)
  expect([buckets, concurrency]).toEqual([[], undefined])
  expect(refused).toEqual([
    expect.stringMatching(/^AWS did not say how many functions may run at a time: /),
    expect.stringMatching(/^AWS did not say whether there is a bucket ours: /),
  ])
})
