import { expect, it } from 'vitest'
import { describeStack } from '../../scripts/deploy/stack.ts'
import { READ_HEADERS, SENT_HEADERS } from '../../src/http/header-names.ts'
import { parametersOf } from './defaults.ts'

/** What the template says of pages on other origins. */
function corsOf(stage: string): Record<string, unknown> {
  const parameters = parametersOf(stage, { corsOrigins: 'https://example.com' })
  const { httpApi } = describeStack({ service: 'embeddings', stage, parameters })
  return (httpApi as { cors: Record<string, unknown> }).cors
}

it.each([
  [
    'signs with its own keys, as auth=iam asks',
    'authorization x-amz-date x-amz-security-token x-amz-content-sha256',
  ],
  [
    'uses the client of OpenAI',
    'authorization content-type accept user-agent x-stainless-arch x-stainless-lang x-stainless-os x-stainless-package-version x-stainless-retry-count x-stainless-runtime x-stainless-runtime-version x-stainless-timeout',
  ],
  [
    'uses the client of Cohere',
    'authorization content-type x-client-name x-fern-language x-fern-runtime x-fern-runtime-version x-fern-sdk-name x-fern-sdk-version',
  ],
  ['sends what the routes read', READ_HEADERS.join(' ')],
])('the API lets a page call that %s', (_, names) => {
  expect(corsOf('prod').allowedHeaders).toEqual(expect.arrayContaining(names.split(' ')))
})

it('the API shows pages every header that is sent, its own id too, and none that is not', () => {
  expect(corsOf('prod').exposedResponseHeaders).toEqual([...SENT_HEADERS, 'apigw-requestid'])
  expect(JSON.stringify(corsOf('prod'))).not.toMatch(/x-model|x-compute-time/)
})
