import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { message } from './postgres-messages.ts'

/** The file of a certificate of the tests with its key: `here` is of localhost, valid until 2120. */
export const certificate = (name: 'here' | 'expired' | 'elsewhere') =>
  join(import.meta.dirname, '..', 'fixtures', 'tls', `${name}.pem`)

const field = (letter: string, text: string) => `${letter}${text}\0`
/** What PostgreSQL says to a password that is wrong. */
const REFUSAL = message(
  'E',
  Buffer.from(
    `${field('S', 'FATAL')}${field('C', '28P01')}${field('M', 'password authentication failed for user "me"')}\0`,
  ),
)

/**
 * A server of PostgreSQL's protocol that lets nobody in: it speaks TLS with a certificate, or none, asks for the password
 * and refuses it.
 */
export async function startTlsFront(name?: Parameters<typeof certificate>[0]) {
  const pem = name && readFileSync(certificate(name))
  const refuse = (socket: Socket) => {
    // The first message is answered with a question for the password, the second is the password.
    socket.once('data', () => {
      socket.write(message('R', Buffer.from([0, 0, 0, 3])))
      socket.once('data', () => socket.end(REFUSAL))
    })
    socket.on('error', () => socket.destroy())
  }
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => {
      if (!pem) return void socket.end('N')
      socket.write('S')
      refuse(new TLSSocket(socket, { isServer: true, key: pem, cert: pem }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    stop: () => server.close(),
  }
}
