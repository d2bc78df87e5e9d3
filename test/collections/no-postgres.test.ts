import { once } from 'node:events'
import { createServer as createWebServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'

/** What becomes of a question to that server, and how often it was connected to; a silent one would take the test's time. */
async function ask(server: Server, options: string) {
  let connections = 0
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const index = createPgvectorIndex(`postgres://me@127.0.0.1:${port}/people${options}`, 'geheim')
  onTestFinished(async () => {
    await index.close()
    server.close()
  })
  const error = await index.list(createContext()).catch((thrown: unknown) => thrown)
  return { error, connections: () => connections }
}

/** As a balancer or a port that is forwarded does, with nothing behind it. */
const closing = () => createServer((socket) => socket.destroy())
const web = () => createWebServer((_, response) => response.end('hello'))

describe('a server that is no PostgreSQL', () => {
  it.each([
    ['closes what it accepts', closing, '?sslmode=disable'],
    ['closes what it accepts when it is asked for TLS', closing, ''],
    ['speaks HTTP', web, '?sslmode=disable'],
  ])('and %s is told of at once, and is not asked over and over', async (_, open, options) => {
    const { error, connections } = await ask(open(), options)
    expect(error).toMatchObject({
      ...{ code: 'upstream_failed', retryable: true },
      message: expect.stringMatching(/^PostgreSQL at 127\S+ closes new connections.*is PostgreSQL.*\.$/),
    })
    expect(connections()).toBeLessThanOrEqual(4)
  })

  it('and speaks HTTP is told of when it is asked for TLS', async () => {
    const { error } = await ask(web(), '')
    expect(error).toMatchObject({ code: 'internal', message: expect.stringMatching(/asked for TLS/) })
  })
})
