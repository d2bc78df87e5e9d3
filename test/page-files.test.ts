import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPageFiles } from '../src/page-files.ts'

const parent = mkdtempSync(join(tmpdir(), 'page-'))
const folder = join(parent, 'page')
const pages = createPageFiles(folder, '/embeddings')
const server = createServer((incoming, outgoing) => {
  if (!pages.send(incoming, outgoing)) outgoing.writeHead(418).end('the API')
})
let url = ''

/** Asks for a path as it is written: `fetch` would resolve its dots, and unpack the answer. */
function ask(path: string, method = 'GET', headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>(
    (resolve, reject) => {
      const asked = request(`${url}/`, { path, method, headers }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }),
        )
      })
      asked.on('error', reject)
      asked.end()
    },
  )
}

beforeAll(async () => {
  await mkdir(folder)
  writeFileSync(join(parent, 'secret.js'), 'secret')
  const files = {
    'index.html': '<!doctype html>',
    'page-ABC.js': 'let one = 1',
    'page-ABC.css': 'a { color: red }',
  }
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text)
    writeFileSync(join(folder, `${name}.gz`), gzipSync(text))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  rmSync(parent, { recursive: true })
})

describe('the page of the Node server', () => {
  it('stands at / with a policy that lets it talk to this server alone, and is asked for anew each time', async () => {
    const { status, headers, body } = await ask('/?from=mail')
    expect([status, String(body)]).toEqual([200, '<!doctype html>'])
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
  })

  it('has files that are kept for ever, since they are named by their content', async () => {
    const { headers, body } = await ask('/page/page-ABC.js')
    expect(String(body)).toBe('let one = 1')
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    })
    expect(headers['content-encoding']).toBeUndefined()
  })

  it.each(['gzip', 'br, gzip;q=0.5', 'deflate, GZIP', '*'])(
    'is sent packed to who accepts %s',
    async (accepted) => {
      const { headers, body } = await ask('/page/page-ABC.css', 'GET', { 'accept-encoding': accepted })
      expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(body.length) })
      expect(body).toEqual(gzipSync('a { color: red }'))
    },
  )

  it.each(['identity', 'gzip;q=0', 'br', 'gzip; q=0.0'])(
    'is sent plain to who accepts %s',
    async (accepted) => {
      const { headers } = await ask('/page/page-ABC.css', 'GET', { 'accept-encoding': accepted })
      expect(headers['content-encoding']).toBeUndefined()
    },
  )

  it('stands below the base path too, to which it leads with a slash', async () => {
    expect((await ask('/embeddings/')).status).toBe(200)
    expect((await ask('/embeddings/page/page-ABC.js')).status).toBe(200)
    const led = await ask('/embeddings')
    expect([led.status, led.headers.location]).toEqual([308, '/embeddings/'])
  })

  it('answers HEAD without a body', async () => {
    const { status, headers, body } = await ask('/', 'HEAD')
    expect([status, headers['content-length'], body.length]).toEqual([200, '15', 0])
  })

  it.each([
    ['POST', '/'],
    ['GET', '/embed'],
    ['GET', '/page/'],
    ['GET', '/page/none.js'],
    ['GET', '/page/page-ABC.js.gz'],
    ['GET', '/page/../../secret.js'],
    ['GET', '/page/..%2f..%2fsecret.js'],
    ['GET', '/page/..\\..\\secret.js'],
    ['GET', '//page/page-ABC.js'],
    ['GET', '/embeddingsx/'],
  ])('leaves %s %s to the API', async (method, path) => {
    expect((await ask(path, method)).status).toBe(418)
  })

  it('is not there without a build, and every request is left to the API', async () => {
    const absent = createPageFiles(join(parent, 'nowhere'))
    const bare = createServer((incoming, outgoing) => {
      if (!absent.send(incoming, outgoing)) outgoing.writeHead(418).end()
    })
    await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve))
    const answer = await fetch(`http://127.0.0.1:${(bare.address() as AddressInfo).port}/`)
    expect(answer.status).toBe(418)
    bare.close()
  })
})
