import { expect, test } from 'vitest'
import { signPost } from '../../src/storage/signature.ts'

const EXAMPLE = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
const SCOPE = { region: 'us-east-1', service: 'service' }
const NOW = new Date('2015-08-30T12:36:00.500Z')
const url = new URL('https://example.amazonaws.com/')

test('signs as the test suite of AWS has it: post-vanilla', () => {
  const headers = signPost({ url, headers: {}, body: '' }, EXAMPLE, SCOPE, NOW)
  expect(headers).toEqual({
    host: 'example.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  })
})

test('signs a body and its type as the test suite of AWS has it: post-x-www-form-urlencoded', () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const signed = signPost({ url, headers, body: 'Param1=value1' }, EXAMPLE, SCOPE, NOW)
  expect(signed.authorization).toMatch(
    /SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a$/,
  )
})

test('signs the session of credentials that end', () => {
  const signed = signPost({ url, headers: {}, body: '' }, { ...EXAMPLE, sessionToken: 'session' }, SCOPE, NOW)
  expect(signed).toMatchObject({
    'x-amz-security-token': 'session',
    authorization: expect.stringContaining('SignedHeaders=host;x-amz-date;x-amz-security-token,'),
  })
})
