import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createBucket, startS3Server, useCredentials } from '../../scripts/servers/s3-server.ts'
import { createContext } from '../../src/context.ts'
import { downloadVerified } from '../../src/models/files/download.ts'
import { PATIENCE } from '../../src/storage/retry-policy.ts'
import { createS3Store, type S3Place } from '../../src/storage/s3.ts'
import { describeWithS3 } from '../support/describe-s3.ts'
import { emptyAnswer, type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts'
import { temporaryFolder } from '../support/folders.ts'

const body = Buffer.from(Uint8Array.from({ length: 9_000_000 }, (_, index) => (index * 2_654_435_761) >>> 24))
const expected = {
  path: 'model.onnx',
  bytes: body.length,
  sha256: createHash('sha256').update(body).digest('hex'),
}
const key = 'tiny/model.onnx'
/** Everything as in production, but that nobody waits. */
const policy = { ...PATIENCE, firstDelayMs: 1, longestDelayMs: 5, stallMs: 400 }

describeWithS3('S3 behind a network that fails', () => {
  let proxy: FaultyProxy
  let place: S3Place
  /** Each with connections of its own. */
  const openStore = () => createS3Store(place, policy)
  beforeAll(async () => {
    const server = await startS3Server()
    useCredentials(server)
    const bucket = await createBucket(server)
    await createS3Store({ bucket, prefix: '', endpoint: server.endpoint }).write!(key, body)
    proxy = await startFaultyProxy(server.endpoint)
    place = { bucket, prefix: '', endpoint: proxy.endpoint }
  }, 120_000)
  afterEach(() => {
    proxy.faultOf = () => undefined
  })
  afterAll(() => proxy.close())

  const download = async (context = createContext()): Promise<Buffer> => {
    const path = join(temporaryFolder('faults'), 'file')
    const file = await open(path, 'wx+')
    try {
      await downloadVerified({ source: openStore(), key, expected, model: 'tiny' }, file, context)
    } finally {
      await file.close()
    }
    return readFileSync(path)
  }

  for (const kind of ['reset', 'end'] as const) {
    it(`continues where a body broke off (${kind})`, async () => {
      proxy.faultOf = (connection) => (connection % 2 ? { kind, afterBytes: 200_000 } : undefined)
      expect((await download()).equals(body)).toBe(true)
    })

    it(`gives up with one clear error when every body breaks off (${kind})`, async () => {
      proxy.faultOf = () => ({ kind, afterBytes: 3000 })
      await expect(download()).rejects.toMatchObject({ code: 'upstream_failed', retryable: true })
    })

    it(`continues a stream in the same way (${kind})`, async () => {
      proxy.faultOf = (connection) => (connection < 4 ? { kind, afterBytes: 200_000 } : undefined)
      expect((await buffer(await openStore().read(key))).equals(body)).toBe(true)
    })
  }

  it('refuses bytes that were changed on the way', async () => {
    proxy.faultOf = () => ({ kind: 'flip', atByte: 100_000 })
    await expect(download()).rejects.toMatchObject({ code: 'artifact_corrupt' })
  })

  for (const status of ['500 Internal Server Error', '503 Slow Down']) {
    it(`sits out a storm of ${status}`, async () => {
      const from = proxy.connections
      proxy.faultOf = (connection) =>
        connection % 2 && connection - from < 40 ? { kind: 'answer', text: emptyAnswer(status) } : undefined
      expect((await download()).equals(body)).toBe(true)
    })

    it(`names ${status} when it does not end`, async () => {
      const from = proxy.connections
      proxy.faultOf = () => ({ kind: 'answer', text: emptyAnswer(status) })
      await expect(download()).rejects.toMatchObject({
        code: 'upstream_failed',
        message: expect.stringContaining(status.slice(0, 3)),
      })
      expect(proxy.connections - from).toBe(policy.attempts)
    })
  }

  it('stops a slow drip at the deadline', async () => {
    proxy.faultOf = () => ({ kind: 'drip', afterBytes: 2000, bytes: 5000, everyMs: 5000 })
    // The drip would take two hours: without a deadline this test runs into its time limit.
    await expect(download(createContext({ deadline: Date.now() + 300 }))).rejects.toMatchObject({
      code: 'deadline_exceeded',
    })
  })

  it('leaves a connection that has fallen silent, and one that only drips', async () => {
    const faults = [
      { kind: 'silence', afterBytes: 100_000 },
      { kind: 'drip', afterBytes: 100_000, bytes: 10, everyMs: 50 },
    ] as const
    proxy.faultOf = (connection) => (connection % 3 === 0 ? faults[connection % 2] : undefined)
    expect((await download()).equals(body)).toBe(true)
  })

  it('says what is wrong with credentials without showing them', async () => {
    const before = process.env.AWS_SECRET_ACCESS_KEY
    process.env.AWS_SECRET_ACCESS_KEY = 'wrong-secret'
    process.env.AWS_SESSION_TOKEN = 'session-token'
    try {
      const failure = await openStore()
        .read(key)
        .catch((error) => error)
      expect(failure).toMatchObject({ code: 'artifact_missing', message: expect.stringContaining('403') })
      const shown = JSON.stringify([failure.message, failure.details, String(failure.cause?.stack)])
      expect(shown).not.toMatch(/wrong-secret|session-token|AWS4-HMAC/)
      expect(Object.keys(failure.cause)).toEqual([])
    } finally {
      process.env.AWS_SECRET_ACCESS_KEY = before
      delete process.env.AWS_SESSION_TOKEN
    }
  })

  it('finds no bucket where there is none, and says so', async () => {
    const { endpoint } = proxy
    const elsewhere = createS3Store({ bucket: 'no-such-bucket', prefix: '', endpoint }, policy)
    expect(await elsewhere.stat(key)).toBeUndefined()
    await expect(elsewhere.read(key)).rejects.toMatchObject({ code: 'artifact_missing' })
  })
})
