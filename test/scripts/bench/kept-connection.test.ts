import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { openConnection } from '../../../scripts/bench/kept-connection.ts'

const servers: { close(): void; closeAllConnections(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('a kept connection', () => {
  test('sends one request after another and reads each answer to its end, however it is cut', async () => {
    const heard: string[] = []
    const ports = new Set<number | undefined>()
    const url = await serve(async (incoming, outgoing) => {
      let body = ''
      for await (const part of incoming.setEncoding('utf8')) body += part
      heard.push(`${incoming.method} ${incoming.url} ${body}`)
      ports.add(incoming.socket.remotePort)
      const answer = 'x'.repeat(100_000)
      outgoing.writeHead(heard.length === 2 ? 429 : 200, { 'content-length': answer.length })
      outgoing.write(answer.slice(0, 10))
      setImmediate(() => outgoing.end(answer.slice(10)))
    })
    const connection = await openConnection(url)
    const statuses = [
      await connection.post('/embed', '{"input":"护士"}'),
      await connection.post('/embed', '{}'),
      await connection.post('/other', '{}'),
    ]
    connection.close()
    expect(statuses).toEqual([200, 429, 200])
    expect(heard).toEqual(['POST /embed {"input":"护士"}', 'POST /embed {}', 'POST /other {}'])
    expect(ports.size).toBe(1)
  })

  test('fails when the server ends it before the answer is complete', async () => {
    const url = await serve((incoming) => void incoming.socket.destroy())
    const connection = await openConnection(url)
    await expect(connection.post('/embed', '{}')).rejects.toThrow('before its answer was complete')
    await expect(connection.post('/embed', '{}')).rejects.toThrow('has closed the connection')
  })

  test('fails at an answer that does not say how long it is', async () => {
    const url = await serve((_, outgoing) => {
      outgoing.write('a')
      outgoing.end('b')
    })
    const connection = await openConnection(url)
    await expect(connection.post('/embed', '{}')).rejects.toThrow('expected content-length')
    connection.close()
  })

  test('fails to open where nobody listens', async () => {
    await expect(openConnection('http://127.0.0.1:1')).rejects.toThrow('ECONNREFUSED')
  })
})
