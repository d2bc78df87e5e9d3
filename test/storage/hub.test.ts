import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createContext } from '../../src/context.ts'
import { createHubStore, type HubPlace } from '../../src/storage/hub.ts'
import { PATIENCE } from '../../src/storage/retry-policy.ts'
import { describeStore } from '../contracts/store.ts'
import { type HubServer, startHubServer } from '../support/hub-server.ts'

const revision = 'c'.repeat(40)
const repo = 'owner/name'
const policy = { ...PATIENCE, firstDelayMs: 1, longestDelayMs: 5 }
const large = Buffer.alloc(300_000, 'weights')

async function openHub(place: Partial<HubPlace> = {}) {
  const hub = await startHubServer()
  onTestFinished(() => hub.close())
  hub.put(repo, revision, 'config.json', Buffer.from('{"small":true}'))
  hub.put(repo, revision, 'onnx/model.onnx', large, true)
  return { hub, store: openStore(hub, place) }
}

function openStore(hub: HubServer, place: Partial<HubPlace> = {}) {
  const locate = (key: string) => ({ repo, revision, path: key })
  return createHubStore({ endpoint: hub.endpoint, locate, ...place }, policy)
}

for (const kind of ['small', 'large'] as const) {
  describeStore({
    name: `createHubStore with ${kind} files`,
    capabilities: ['readInto'],
    async open() {
      const hub = await startHubServer()
      return {
        store: openStore(hub),
        put: async (key, body) => hub.put(repo, revision, key, body, kind === 'large'),
      }
    },
  })
}

describe('createHubStore', () => {
  it('knows size and SHA-256 of a large file from the redirect alone', async () => {
    const { hub, store } = await openHub()
    const stat = await store.stat('onnx/model.onnx')
    expect(stat).toEqual({ bytes: large.length, etag: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(hub.requests.map(({ host, method }) => [host, method])).toEqual([['hub', 'HEAD']])
  })

  it('reads a large file where the hub keeps it, asking the hub once', async () => {
    const { hub, store } = await openHub()
    await store.stat('onnx/model.onnx')
    for (let start = 0; start < 3; start++) {
      await store.readInto!('onnx/model.onnx', { start, end: start + 10 }, () => {})
    }
    expect(hub.requests.map(({ host }) => host)).toEqual(['hub', 'files', 'files', 'files'])
  })

  it('asks the hub again when an address has run out', async () => {
    const { hub, store } = await openHub()
    await store.stat('onnx/model.onnx')
    hub.expireAddresses()
    const got: number[] = []
    await store.readInto!('onnx/model.onnx', { start: 0, end: 10 }, (bytes) => got.push(...bytes))
    expect(Buffer.from(got).toString()).toBe('weightswei')
    expect(hub.requests.map(({ host }) => host)).toEqual(['hub', 'files', 'hub', 'files'])
  })

  it('sends its token to the hub and to no other host', async () => {
    const { hub, store } = await openHub({ token: 'hf_secret' })
    await store.stat('onnx/model.onnx')
    await text(await store.read('onnx/model.onnx'))
    await store.readInto!('onnx/model.onnx', { start: 0, end: 10 }, () => {})
    const seen = (host: string) =>
      new Set(
        hub.requests.filter((request) => request.host === host).map(({ authorization }) => authorization),
      )
    expect(seen('hub')).toEqual(new Set(['Bearer hf_secret']))
    expect(seen('files')).toEqual(new Set([undefined]))
  })

  it('reads a private repository with its token, and says what to do without', async () => {
    const { hub } = await openHub()
    hub.protect(repo, 'hf_secret')
    expect(await text(await openStore(hub, { token: 'hf_secret' }).read('config.json'))).toBe(
      '{"small":true}',
    )
    for (const token of [undefined, 'hf_wrong']) {
      const failure = await openStore(hub, { token })
        .read('config.json')
        .catch((error) => error)
      expect(failure).toMatchObject({
        code: 'artifact_missing',
        message: expect.stringMatching(/401 RepoNotFound.*HF_TOKEN/),
      })
      expect(JSON.stringify([failure.message, failure.details])).not.toContain('hf_wrong')
    }
  })

  it('waits as long as the hub asks with 429', async () => {
    const { hub, store } = await openHub()
    hub.answerNext({ status: 429, headers: { 'retry-after': '1' } })
    const start = Date.now()
    expect(await text(await store.read('config.json'))).toBe('{"small":true}')
    expect(Date.now() - start).toBeGreaterThanOrEqual(990)
    expect(hub.requests.length).toBe(2)
  })

  it.each([
    ['seconds', '3600'],
    ['a date', new Date(Date.now() + 3_600_000).toUTCString()],
  ])('does not wait beyond the deadline for what 429 asks in %s', async (_form, value) => {
    const { hub, store } = await openHub()
    hub.answerNext({ status: 429, headers: { 'retry-after': value } })
    // If it waited, even to the deadline, this test would run into its time limit of three minutes.
    await expect(
      store.stat('config.json', createContext({ deadline: Date.now() + 600_000 })),
    ).rejects.toMatchObject({
      code: 'upstream_failed',
      details: { answer: '429', retryAfterMs: expect.toSatisfy((ms) => ms > 3_000_000 && ms <= 3_600_000) },
    })
  })

  it('asks again after 500 and 503, and after one without end as often as its policy says', async () => {
    const { hub, store } = await openHub()
    hub.answerNext({ status: 500 }, { status: 503 })
    expect(await text(await store.read('config.json'))).toBe('{"small":true}')
    expect(hub.requests.length).toBe(3)
    hub.answerNext(...Array.from({ length: 20 }, () => ({ status: 503 })))
    await expect(store.read('config.json')).rejects.toMatchObject({ code: 'upstream_failed' })
    expect(hub.requests.length).toBe(3 + policy.attempts)
  })

  it('has no object where no manifest lists one, and asks nobody', async () => {
    const { hub, store } = await openHub({ locate: () => undefined })
    expect(await store.stat('unknown/model.onnx')).toBeUndefined()
    await expect(store.read('unknown/model.onnx')).rejects.toMatchObject({ code: 'artifact_missing' })
    expect(hub.requests).toEqual([])
  })

  it('takes its part of a whole file from a server that knows no ranges', async () => {
    const { hub, store } = await openHub()
    hub.ignoreRanges()
    expect(await text(await store.read('config.json', { start: 2, end: 7 }))).toBe('small')
    await store.stat('onnx/model.onnx')
    const got: number[] = []
    await store.readInto!('onnx/model.onnx', { start: 7, end: 14 }, (bytes) => got.push(...bytes))
    expect(Buffer.from(got).toString()).toBe('weights')
  })

  it('gives up a circle of redirects', async () => {
    const { hub, store } = await openHub()
    hub.answerNext(...Array.from({ length: 20 }, () => ({ status: 302, headers: { location: '/again' } })))
    await expect(store.stat('config.json')).rejects.toMatchObject({
      code: 'artifact_missing',
      message: expect.stringContaining('too many redirects'),
    })
  })

  it('follows a repository that was renamed, with its token, and no further', async () => {
    const { hub } = await openHub()
    const store = openStore(hub, {
      token: 'hf_secret',
      locate: (path) => ({ repo: 'old/name', revision, path }),
    })
    hub.answerNext({ status: 307, headers: { location: `/${repo}/resolve/${revision}/config.json` } })
    expect(await text(await store.read('config.json'))).toBe('{"small":true}')
    expect(hub.requests.map(({ authorization }) => authorization)).toEqual([
      'Bearer hf_secret',
      'Bearer hf_secret',
    ])
  })

  it('works below a path of its host, as mirrors have it', async () => {
    const { hub } = await openHub()
    const store = openStore(hub, { endpoint: `${hub.endpoint}/mirror` })
    await expect(store.read('config.json')).rejects.toMatchObject({ code: 'artifact_missing' })
    expect(hub.requests.at(-1)!.path).toBe(`/mirror/${repo}/resolve/${revision}/config.json`)
  })
})
