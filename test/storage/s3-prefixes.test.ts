import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PATIENCE } from '../../src/storage/retry-policy.ts'
import { createS3Store } from '../../src/storage/s3.ts'
import type { WritableStore } from '../../src/storage/store.ts'

const policy = { ...PATIENCE, firstDelayMs: 1, longestDelayMs: 5 }
const NS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'

/**
 * S3 as a role sees it that may list below `output/` alone and read all but `output/locked`: what it may not list is
 * forbidden when it is missing, and what it may not read is forbidden, too.
 */
function answerTo(url: URL, there: ReadonlySet<string>): { status: number; body: string } {
  const refused = { status: 403, body: `<Error ${NS}><Code>AccessDenied</Code><Message>no</Message></Error>` }
  const prefix = url.searchParams.get('prefix')
  if (prefix !== null) {
    if (!prefix.startsWith('output/')) return refused
    const found = [...there].filter((key) => key.startsWith(prefix)).sort()
    const contents = found.slice(0, Number(url.searchParams.get('max-keys') ?? 1000))
    const listed = contents.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')
    return { status: 200, body: `<ListBucketResult ${NS}>${listed}</ListBucketResult>` }
  }
  const key = decodeURIComponent(url.pathname).split('/').slice(2).join('/')
  return there.has(key) && key !== 'output/locked' ? { status: 200, body: 'here' } : refused
}

let server: Server
let store: WritableStore
const asked: string[] = []

beforeAll(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'a'
  process.env.AWS_SECRET_ACCESS_KEY = 'b'
  const there = new Set(['output/job/part-0', 'output/locked', 'output/a-longer', 'elsewhere/x'])
  server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://s3')
    asked.push(`${request.method} ${url.searchParams.get('prefix') ?? url.pathname}`)
    const { status, body } = answerTo(url, there)
    response.writeHead(status, { 'content-type': 'application/xml', 'content-length': body.length })
    response.end(request.method === 'HEAD' ? undefined : body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  store = createS3Store({ bucket: 'bucket', prefix: '', endpoint }, policy)
})
afterAll(() => server.close())

it('finds that an object is missing where S3 says forbidden, by what it may list', async () => {
  expect(await store.stat('output/job/_SUCCESS.json')).toBeUndefined()
  expect(await store.stat('output/a')).toBeUndefined()
  await expect(new Response(await store.read('output/job/part-0')).text()).resolves.toBe('here')
  await expect(store.read('output/gone')).rejects.toMatchObject({
    code: 'artifact_missing',
    message: 's3://bucket has no object output/gone; check MODEL_SOURCES.',
  })
})

it('still says forbidden of an object that is there, and of what it may not list', async () => {
  for (const key of ['output/locked', 'elsewhere/gone']) {
    await expect(store.stat(key)).rejects.toMatchObject({
      code: 'artifact_missing',
      message: expect.stringMatching(/^s3:\/\/bucket refused .*: 403 .*; allow s3:GetObject/),
    })
  }
})

it('lists nothing for an object that it may read', async () => {
  asked.length = 0
  await store.stat('output/job/part-0')
  expect(asked).toEqual(['HEAD /bucket/output/job/part-0'])
})
