import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { bodyOf } from '../../src/serving/body.ts'

const servers: { close(): void; closeAllConnections(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

/** What `read` makes of the request whose body comes in these parts, its last one left out when the client `leaves`. */
async function send(
  parts: readonly string[],
  read: (incoming: IncomingMessage) => Promise<unknown>,
  leaves = false,
): Promise<unknown> {
  let asked: ReturnType<typeof request> | undefined
  const outcome = new Promise((resolve, reject) => {
    const server = createServer((incoming, outgoing) => {
      read(incoming)
        .then(resolve, reject)
        .finally(() => outgoing.end())
      if (leaves) incoming.once('data', () => asked?.destroy())
    })
    servers.push(server)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      asked = request({ host: '127.0.0.1', port, method: 'POST', agent: false })
      asked.on('error', () => {})
      for (const part of parts) asked.write(part)
      if (!leaves) asked.end()
    })
  })
  return outcome
}

const whole = (maxBytes: number) => (incoming: IncomingMessage) => bodyOf(incoming).whole(maxBytes)

describe('the whole body of a request', () => {
  test('is all of its parts in order, up to the limit', async () => {
    expect(String(await send(['{"a":', '"护士"', '}'], whole(14)))).toBe('{"a":"护士"}')
    expect(String(await send([], whole(14)))).toBe('')
  })

  test('is only a number of bytes beyond the limit', async () => {
    expect(await send(['x'.repeat(10), 'x'.repeat(90)], whole(9))).toBeGreaterThan(9)
  })

  test('is an error when the client leaves before its end, and when it has left already', async () => {
    await expect(send(['abc'], whole(100), true)).rejects.toThrow()
    const gone = async (incoming: IncomingMessage) => {
      incoming.destroy()
      return bodyOf(incoming).whole(100)
    }
    await expect(send(['abc'], gone)).rejects.toThrow('The connection was closed')
  })
})
