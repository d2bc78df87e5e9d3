import { connect, createServer, type Socket } from 'node:net'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { absent, reason, startPostgres } from '../../scripts/servers/postgres-server.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { manifestOf } from '../support/manifests.ts'

const DIMENSIONS = 8
const model = manifestOf({ id: 'small', dimensions: DIMENSIONS })
const query = { name: 'jobs', model, queries: [unitVector(DIMENSIONS, 1)], count: 1 }
const row = { id: 'a', fields: { text: 'x' }, vector: unitVector(DIMENSIONS, 1) }
const settings = { model: collectionModel(DIMENSIONS) }

/** Stands before a database, and can let connections die without a word. */
async function startFront(port: number) {
  const dead = new Set<Socket>()
  const alive = new Set<Socket>()
  let connections = 0
  const server = createServer((client) => {
    connections++
    alive.add(client)
    const upstream = connect(port, '127.0.0.1')
    client.on('data', (bytes) => dead.has(client) || upstream.write(bytes))
    upstream.on('data', (bytes) => dead.has(client) || client.write(bytes))
    upstream.on('close', () => dead.has(client) || client.destroy())
    client.on('close', () => upstream.destroy())
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const own = typeof address === 'object' && address ? address.port : 0
  return {
    place: (user = 'keeper') => `postgres://${user}@127.0.0.1:${own}/postgres?sslmode=disable`,
    connections: () => connections,
    /** Those that are there get no byte any more; new ones live. */
    silence() {
      for (const socket of alive) dead.add(socket)
    },
    refuseNew: () => server.close(),
    stop() {
      for (const socket of alive) socket.destroy()
      server.close()
    },
  }
}

// Errors that nobody handles would end the process: they fail these tests too.
describe.skipIf(absent)(`a database that goes away${reason}`, () => {
  let server: Awaited<ReturnType<typeof startPostgres>>
  let keeper: ReturnType<typeof postgres>
  beforeAll(async () => {
    server = await startPostgres()
    const { port, password } = server
    keeper = postgres({ host: '127.0.0.1', port, user: 'keeper', password, database: 'postgres' })
    await keeper.unsafe("CREATE ROLE changing LOGIN PASSWORD 'one'")
    const index = createPgvectorIndex(server.place(), password)
    await index.build('jobs', rowsOf([row]), settings, createContext())
    await index.close()
    await keeper.unsafe(`GRANT USAGE ON SCHEMA serverless_embeddings TO changing;
      GRANT SELECT ON ALL TABLES IN SCHEMA serverless_embeddings TO changing`)
  }, 180_000)
  afterAll(async () => {
    await keeper?.end({ timeout: 1 })
    await server?.stop()
  })
  const open = (place: string, password: Parameters<typeof createPgvectorIndex>[1] = server.password) => {
    const index = createPgvectorIndex(place, password)
    onTestFinished(() => index.close())
    return index
  }
  const opened = async () => {
    const front = await startFront(server.port)
    onTestFinished(front.stop)
    return { front, index: open(front.place()) }
  }

  it('cannot be told to stop a search, whose caller hears that the time is up', async () => {
    const { front, index } = await opened()
    await index.find(query, createContext())
    await keeper.begin(async (sql) => {
      await sql.unsafe('LOCK TABLE serverless_embeddings.collections IN ACCESS EXCLUSIVE MODE')
      front.refuseNew()
      const late = index.find(query, createContext({ deadline: Date.now() + 300 }))
      await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' })
    })
  })

  it('answers no more on any connection, and is found again by new ones', async () => {
    const { front, index } = await opened()
    const four = (more: Parameters<typeof createContext>[0] = {}) =>
      Array.from({ length: 4 }, () => index.find(query, createContext(more)))
    await Promise.all(four())
    front.silence()
    const unheard = await Promise.allSettled(four({ deadline: Date.now() + 200 }))
    expect(unheard.map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
    expect(await index.find(query, createContext({ deadline: Date.now() + 10_000 }))).toMatchObject({
      rows: 1,
    })
  }, 20_000)

  it('refuses a new connection once the old one was lost, without being asked over and over', async () => {
    const front = await startFront(server.port)
    onTestFinished(front.stop)
    const index = open(front.place('changing'), 'one')
    const ask = () => index.list(createContext({ deadline: Date.now() + 3000 }))
    for (let time = 1; time <= 3; time++) {
      expect(await ask()).toHaveLength(1)
      await keeper.unsafe("ALTER ROLE changing PASSWORD 'two'")
      await keeper.unsafe("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'changing'")
      for (let turn = 0; turn < 4; turn++)
        await expect(ask()).rejects.toMatchObject({ message: expect.stringMatching(/refuses the user/) })
      await keeper.unsafe("ALTER ROLE changing PASSWORD 'one'")
    }
    expect(await ask()).toHaveLength(1)
    expect(front.connections()).toBeLessThan(20)
  })

  it('is told of a password that cannot be read, and is asked again when it can', async () => {
    const unread = new AppError('upstream_failed', 'The secret is not there.')
    const words = [() => Promise.reject(unread), async () => server.password]
    const index = open(server.place(), () => words.shift()!())
    await expect(index.find(query, createContext())).rejects.toBe(unread)
    expect(await index.find(query, createContext())).toMatchObject({ rows: 1 })
  })

  it('goes down while a build sends rows, which fails, and is found again once it is back', async () => {
    const index = open(server.place())
    let end = () => {}
    let built: Promise<unknown> | undefined
    await new Promise<void>((copying) => {
      async function* rows() {
        yield row
        copying()
        await new Promise<void>((resolve) => {
          end = resolve
        })
      }
      built = index.build('jobs', rows(), settings, createContext())
    })
    await keeper.end({ timeout: 1 })
    await Promise.all([
      expect(built).rejects.toMatchObject({ code: 'upstream_failed', retryable: true }),
      server.crash(),
    ])
    end()
    await server.restart()
    const rowsNow = () =>
      index.find(query, createContext()).then(
        ({ rows, version }) => [rows, version],
        () => undefined,
      )
    await expect.poll(rowsNow).toEqual([1, 1])
  })
})
