import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import { createSecretReader } from '../../src/storage/secret.ts'
import { parseSecretSource, type SecretPlace } from '../../src/storage/secret-source.ts'
import { configOf } from '../support/configs.ts'
import { get } from '../support/http.ts'
import { writeTinyModels } from '../support/tiny-model.ts'

const HASTE = { attempts: 3, firstDelayMs: 1, longestDelayMs: 2, stallMs: 1000, stallBytes: 1 }
const ssmAnswer = (secret: unknown) => ({ status: 200, body: { Parameter: { Value: secret } } })

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** A service that gives its answers in order, the last one again and again, and remembers what it was asked. */
async function startService(...answers: readonly Answer[]) {
  const asked: { headers: IncomingMessage['headers']; body: unknown }[] = []
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray()
    asked.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) })
    const { status, body } = answers[Math.min(asked.length, answers.length) - 1]!
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const place: SecretPlace = {
    kind: 'ssm',
    name: '/embeddings/token',
    region: 'eu-central-1',
    endpoint,
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'hidden', sessionToken: 'session' },
  }
  return { place, asked }
}

test('takes the password out of the JSON in which RDS keeps it', async () => {
  const kept = JSON.stringify({ username: 'me', password: 'w"rd', port: 5432 })
  const { place } = await startService(ssmAnswer(kept))
  expect(await createSecretReader(place)()).toBe('w"rd')
})

test('reads a parameter with a signed question', async () => {
  const { place, asked } = await startService(ssmAnswer('t0ken'))
  expect(await createSecretReader(place)()).toBe('t0ken')
  expect(asked).toMatchObject([
    {
      headers: {
        'x-amz-target': 'AmazonSSM.GetParameter',
        'x-amz-security-token': 'session',
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-central-1\/ssm\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=[0-9a-f]{64}$/,
        ),
      },
      body: { Name: '/embeddings/token', WithDecryption: true },
    },
  ])
})

test('reads a secret of Secrets Manager', async () => {
  const { place, asked } = await startService({ status: 200, body: { SecretString: 't0ken\n' } })
  expect(await createSecretReader({ ...place, kind: 'secret', name: 'token' })()).toBe('t0ken')
  expect(asked).toMatchObject([
    { headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' }, body: { SecretId: 'token' } },
  ])
})

test('asks once, however many want to know', async () => {
  const { place, asked } = await startService(ssmAnswer('t0ken'))
  const read = createSecretReader(place)
  expect(await Promise.all([read(), read()])).toEqual(['t0ken', 't0ken'])
  expect(await read()).toBe('t0ken')
  expect(asked).toHaveLength(1)
})

test('asks again when the service is in trouble', async () => {
  const busy = { status: 400, body: { __type: 'com.amazonaws.ssm#ThrottlingException' } }
  const { place, asked } = await startService(busy, { status: 503, body: 'busy' }, ssmAnswer('t0ken'))
  expect(await createSecretReader(place, HASTE)()).toBe('t0ken')
  expect(asked).toHaveLength(3)
})

test('forgets a failure, names its kind and keeps what the service said to itself', async () => {
  const refusal = { status: 400, body: { __type: 'AccessDeniedException', message: 'hidden' } }
  const { place } = await startService(refusal, ssmAnswer('t0ken'))
  const read = createSecretReader(place, HASTE)
  const error = await read().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: 'internal',
    message:
      'AWS refused to tell ssm:/embeddings/token: 400 AccessDeniedException; check the setting that names it, and the role of the function.',
  })
  expect(inspect(error)).not.toContain('hidden')
  expect(await read()).toBe('t0ken')
})

test.each([
  ['two words', ssmAnswer('open sesame')],
  ['nothing', ssmAnswer('')],
  ['a number', ssmAnswer(5)],
  ['another answer', { status: 200, body: { Sesame: 'sesame' } }],
  ['no JSON', { status: 200, body: 'sesame' }],
])('refuses %s without saying it', async (_, answer) => {
  const { place } = await startService(answer)
  const error = await createSecretReader(place, HASTE)().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'internal', message: expect.stringContaining('is not one word') })
  expect(inspect(error)).not.toContain('sesame')
})

test('gives up on a service that is not there', async () => {
  const { place } = await startService()
  const nowhere = { ...place, endpoint: 'http://127.0.0.1:9/' }
  await expect(createSecretReader(nowhere, HASTE)()).rejects.toMatchObject({ code: 'upstream_failed' })
})

test('an app asks for the token of its source, and lets nobody in while it does not know it', async () => {
  const models = writeTinyModels()
  onTestFinished(() => models.remove())
  const denied = { status: 400, body: { __type: 'AccessDeniedException' } }
  const { place, asked } = await startService(denied, denied, ssmAnswer('t0ken'))
  const app = createApp(configOf(models, { authTokenPlace: place }))
  const statusWith = async (token: string) =>
    (await app.http.fetch(get('/models', { authorization: `Bearer ${token}` }))).status
  await expect.poll(() => asked.length).toBe(1)
  expect(await statusWith('t0ken')).toBe(500)
  expect(await statusWith('other')).toBe(401)
  expect(await statusWith('t0ken')).toBe(200)
  expect((await app.http.fetch(get('/health'))).status).toBe(200)
  expect(asked).toHaveLength(3)
  await app.close()
})

test('an app is not ready while it cannot read its token, and finds out by its probes when it can', async () => {
  const models = writeTinyModels()
  onTestFinished(() => models.remove())
  const said = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => said.mockRestore())
  const clock = vi.spyOn(performance, 'now')
  onTestFinished(() => clock.mockRestore())
  const denied = { status: 400, body: { __type: 'AccessDeniedException' } }
  const { place, asked } = await startService(denied, ssmAnswer('t0ken'))
  const app = createApp(configOf(models, { authTokenPlace: place }))
  onTestFinished(() => app.close())
  const ready = async () => {
    const answer = await app.http.fetch(get('/ready'))
    return [answer.status, await answer.text()]
  }
  expect(await ready()).toEqual([503, expect.stringContaining('token that callers must send cannot be read')])
  expect(said.mock.calls.join()).toContain('AWS refused to tell ssm:/embeddings/token')
  // Of probes in haste none asks again.
  await ready()
  expect(asked).toHaveLength(1)
  clock.mockReturnValue(performance.now() + 11_000)
  expect((await ready())[0]).toBe(503)
  await expect.poll(ready).toEqual([200, '{"status":"ready"}'])
  expect(asked).toHaveLength(2)
})

test.each([
  ['ssm:/a/b.c', { kind: 'ssm', name: '/a/b.c' }],
  ['secret:a/b@c', { kind: 'secret', name: 'a/b@c' }],
  ['ssm:', undefined],
  ['vault:/a', undefined],
  ['ssm:/a b', undefined],
])('reads the source %s', (source, expected) => {
  expect(parseSecretSource(source)).toEqual(expected)
})
