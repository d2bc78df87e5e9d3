import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { PGlite } from '@electric-sql/pglite'
import { createMessageReader, message, repliesOf } from './postgres-messages.ts'

/** A database without a server of its own: PostgreSQL 18 as WebAssembly, which asks for no password. */
interface PgliteServer {
  /** As `COLLECTIONS` has it. */
  readonly place: string
  readonly database: PGlite
  stop(): Promise<void>
}

/** AuthenticationOk, the version, and ReadyForQuery: nobody is turned away. */
const WELCOME = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('S', Buffer.from('server_version\x0018.0\0')),
  message('K', Buffer.alloc(8)),
  message('Z', Buffer.from('I')),
])
const COPIES = /^COPY .* FROM STDIN\0$/s
const COPY_BEGINS = message('G', Buffer.from([0, 0, 0]))

/**
 * PGlite with pgvector behind a port, for the driver of the program as it is. Several connections share the one session
 * that PGlite has: each waits until no other is within a transaction. It is 27 MB, and takes 9 s of a processor to start.
 */
export async function startPglite(): Promise<PgliteServer> {
  const [{ PGlite }, { vector }] = await Promise.all([
    import('@electric-sql/pglite'),
    import('@electric-sql/pglite-pgvector'),
  ])
  const database = await PGlite.create({ extensions: { vector } })
  const turns = createSessionTurns()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    serve(socket, database, turns).finally(() => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    place: `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
    database,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
      await database.close()
    },
  }
}

/** Who may speak to the session, one after the other. */
function createSessionTurns() {
  let last = Promise.resolve()
  return async () => {
    const before = last
    let leave = () => {}
    last = new Promise((resolve) => {
      leave = resolve
    })
    await before
    return leave
  }
}

/** Hands messages to the session in the pieces that it takes: up to a question's end, a COPY whole. */
async function serve(
  socket: Socket,
  database: PGlite,
  takeTurn: ReturnType<typeof createSessionTurns>,
): Promise<void> {
  const reader = createMessageReader()
  let leave: (() => void) | undefined
  let held: Buffer[] = []
  let copies = false
  const ask = async (bytes: Buffer) => {
    leave ??= await takeTurn()
    const replies = repliesOf(await database.execProtocolRaw(bytes))
    for (const { type, body } of replies) {
      if (type !== 'Z' || body.toString() !== 'I') continue
      leave?.()
      leave = undefined
    }
    return replies
  }
  const take = async ({ type, body, bytes }: ReturnType<typeof reader>[number]) => {
    if (type === 'startup') return void socket.write(WELCOME)
    if (type === 'tls') return void socket.write('N')
    if (type === 'X') return void socket.end()
    held.push(bytes)
    if (type === 'Q' && COPIES.test(body.toString())) {
      copies = true
      return void socket.write(COPY_BEGINS)
    }
    if (!(copies ? 'cf' : 'QSH').includes(type)) return
    const [whole, had] = [Buffer.concat(held), copies]
    held = []
    copies = false
    // The session says again that a COPY begins.
    const replies = (await ask(whole)).filter((reply) => !(had && reply.type === 'G'))
    socket.write(Buffer.concat(replies.map((reply) => reply.bytes)))
  }
  try {
    for await (const chunk of socket) for (const one of reader(chunk as Buffer)) await take(one)
  } catch {
    // Who goes without a word leaves as who says so.
  }
  if (leave) await ask(message('Q', Buffer.from('ROLLBACK\0')))
  socket.destroy()
}
