import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PATIENCE } from '../../src/storage/retry-policy.ts'
import { createWebStore } from '../../src/storage/web.ts'
import { describeStore } from '../contracts/store.ts'
import { startWebServer } from '../support/web-server.ts'

const policy = { ...PATIENCE, firstDelayMs: 1, longestDelayMs: 5 }

for (const [kind, habits] of [
  ['a plain server', {}],
  ['a server that knows no HEAD', { noHead: true }],
  ['a server that knows no ranges', { noRanges: true }],
  ['a server that redirects', { moved: true }],
] as const) {
  describeStore({
    name: `createWebStore over ${kind}`,
    capabilities: ['readInto'],
    async open() {
      const server = await startWebServer(habits)
      return {
        store: createWebStore(server.address, policy),
        put: async (key, body) => server.put(key, body),
      }
    },
  })
}

async function openWith(habits: Parameters<typeof startWebServer>[0], body = Buffer.from('weights')) {
  const server = await startWebServer(habits)
  onTestFinished(() => server.close())
  server.put('tiny/model.onnx', body)
  return { server, store: createWebStore(server.address, policy) }
}

describe('createWebStore', () => {
  it('asks for a key below its address', async () => {
    const { server, store } = await openWith({})
    expect(await text(await store.read('tiny/model.onnx'))).toBe('weights')
    expect(server.requests).toEqual(['GET /models/tiny/model.onnx'])
    expect(store.name).toBe(server.address)
  })

  it('does not take a tag for a SHA-256, whatever it looks like', async () => {
    const { store } = await openWith({})
    expect(await store.stat('tiny/model.onnx')).toEqual({ bytes: 7 })
  })

  it('reads ranges where a redirect led, and asks for the redirect once', async () => {
    const { server, store } = await openWith({ moved: true })
    await store.stat('tiny/model.onnx')
    const got: number[] = []
    for (const start of [0, 2]) {
      await store.readInto!('tiny/model.onnx', { start, end: start + 2 }, (bytes) => got.push(...bytes))
    }
    expect(Buffer.from(got).toString()).toBe('weig')
    expect(server.requests).toEqual([
      'HEAD /models/tiny/model.onnx',
      'HEAD /moved/models/tiny/model.onnx',
      'GET /moved/models/tiny/model.onnx bytes=0-1',
      'GET /moved/models/tiny/model.onnx bytes=2-3',
    ])
  })

  it.each([
    ['no HEAD', { noHead: true }],
    ['no HEAD and no ranges', { noHead: true, noRanges: true }],
    ['no length', { noLength: true }],
  ])('finds the size out where a server has %s', async (_, habits) => {
    const { store } = await openWith(habits)
    expect(await store.stat('tiny/model.onnx')).toEqual({ bytes: 7 })
    expect(await store.stat('tiny/absent')).toBeUndefined()
  })

  it('knows the size of an empty file where a server has no HEAD', async () => {
    const { store } = await openWith({ noHead: true }, Buffer.alloc(0))
    expect(await store.stat('tiny/model.onnx')).toEqual({ bytes: 0 })
  })

  it.each([
    ['200 without a size', { noLength: true, noRanges: true }],
    ['206 with compressed bytes', { packed: true }],
  ])('refuses a server that answers %s, and says what to change', async (answer, habits) => {
    const { store } = await openWith(habits)
    await expect(store.stat('tiny/model.onnx')).rejects.toMatchObject({
      code: 'artifact_missing',
      message: expect.stringContaining(`${answer}; serve files as they are, with Content-Length`),
    })
  })

  it('says that 403 may stand for a file that is not there', async () => {
    const { store } = await openWith({ absent: 403 })
    await expect(store.stat('tiny/absent')).rejects.toMatchObject({
      code: 'artifact_missing',
      message: expect.stringMatching(/refused tiny\/absent: 403; upload it there/),
    })
  })

  it('asks again after 503, as often as its policy says', async () => {
    const { server, store } = await openWith({ absent: 503 })
    await expect(store.stat('tiny/absent')).rejects.toMatchObject({ code: 'upstream_failed' })
    expect(server.requests).toHaveLength(policy.attempts)
  })
})
