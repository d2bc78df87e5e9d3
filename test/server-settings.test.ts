import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'

const machine = { memoryBytes: 8e9, processors: 4, root: '/app' }

test('serves metrics on a port of their own, where the API is heard unless told otherwise', () => {
  expect(readConfig({ METRICS_PORT: '9090' }, machine)).toMatchObject({
    metricsPort: 9090,
    metricsHost: undefined,
  })
  expect(readConfig({ METRICS_PORT: '0', PORT: '0' }, machine).metricsPort).toBe(0)
  expect(readConfig({ METRICS_HOST: '::1' }, machine).metricsHost).toBe('::1')
})

test('takes an IPv6 address in brackets, as the start prints it', () => {
  expect(readConfig({ HOST: '[::1]', METRICS_HOST: '[fe80::1]' }, machine)).toMatchObject({
    host: '::1',
    metricsHost: 'fe80::1',
  })
  expect(readConfig({ HOST: '[example]' }, machine).host).toBe('[example]')
})

test('waits no longer than a short grace allows', () => {
  expect(readConfig({ GRACE_SECONDS: '5' }, machine).drainSeconds).toBe(4)
  expect(readConfig({ GRACE_SECONDS: '1' }, machine).drainSeconds).toBe(0)
})

test('takes origins as browsers send them', () => {
  const origins = (text: string) => readConfig({ CORS_ORIGINS: text }, machine).corsOrigins
  expect(origins('*')).toEqual(['*'])
  expect(origins('HTTPS://App.Example.com:443, http://localhost:5173')).toEqual([
    'https://app.example.com',
    'http://localhost:5173',
  ])
})

test('takes several tokens with names, two of one name while it is rotated', () => {
  expect(readConfig({ AUTH_TOKENS: 'web=a1==,crm=b2,web=c3' }, machine).authTokens).toEqual([
    { name: 'web', token: 'a1==' },
    { name: 'crm', token: 'b2' },
    { name: 'web', token: 'c3' },
  ])
})

test.each([
  [{ METRICS_PORT: '3000' }, 'METRICS_PORT is 3000, as PORT is; expected a port of its own'],
  [{ DRAIN_SECONDS: '26' }, 'DRAIN_SECONDS is 26; expected at most 25, so that answers are out before'],
  [{ CORS_ORIGINS: '*,https://a.example' }, 'CORS_ORIGINS has * beside other origins'],
  [
    { CORS_ORIGINS: 'https://a.example/path' },
    'CORS_ORIGINS has "https://a.example/path"; expected * or origins',
  ],
  [{ CORS_ORIGINS: 'a.example' }, 'CORS_ORIGINS has "a.example"; expected * or origins such as'],
  [{ AUTH_TOKENS: '' }, 'AUTH_TOKENS is empty; expected name=token, separated by commas'],
  [{ AUTH_TOKENS: 'a=1, b=2' }, 'AUTH_TOKENS is not one word; expected name=token'],
  [{ AUTH_TOKENS: 'a=1,hunter2' }, 'AUTH_TOKENS has no name or no token in its entry 2; expected name=token'],
  [{ AUTH_TOKENS: 'a=hunter2,b=hunter2' }, 'AUTH_TOKENS has the token of b twice; expected each once'],
])('refuses %o and never quotes a token', (settings, sentence) => {
  const read = () => readConfig(settings, machine)
  expect(read).toThrow(sentence)
  expect(read).not.toThrow(/hunter2/)
})
