import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { askIdentity } from '../../scripts/deploy/identity.ts'
import { startAwsDouble } from './aws-double.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

function stub(environment: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
}

test('tells the account that credentials belong to', async () => {
  const aws = await startAwsDouble()
  onTestFinished(() => aws.close())
  stub({ AWS_ENDPOINT_URL: aws.endpoint, AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'hidden' })
  expect(await askIdentity('eu-central-1')).toEqual({ account: '123456789012' })
})

test('says why when AWS cannot be asked, without the credentials', async () => {
  stub({
    AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9',
    AWS_ACCESS_KEY_ID: 'AKID',
    AWS_SECRET_ACCESS_KEY: 'hidden',
  })
  expect(await askIdentity('eu-central-1')).toEqual({
    problem: expect.stringMatching(/; run "aws configure" or set AWS_PROFILE\.$/),
  })
})
