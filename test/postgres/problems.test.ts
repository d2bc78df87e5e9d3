import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { absent, reason, startPostgres } from '../../scripts/servers/postgres-server.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { manifestOf } from '../support/manifests.ts'

const DIMENSIONS = 8
const model = manifestOf({ id: 'small', dimensions: DIMENSIONS })
const query = { name: 'jobs', model, queries: [unitVector(DIMENSIONS, 1)], count: 1 }
const rows = () => rowsOf([{ id: 'a', fields: {}, vector: unitVector(DIMENSIONS, 1) }])
const settings = { model: collectionModel(DIMENSIONS) }

describe.skipIf(absent)(`a database that cannot do what it is asked${reason}`, () => {
  let server: Awaited<ReturnType<typeof startPostgres>>
  beforeAll(async () => {
    server = await startPostgres()
    const keeper = postgres({
      host: '127.0.0.1',
      port: server.port,
      user: 'keeper',
      password: server.password,
      database: 'postgres',
    })
    await keeper.unsafe("CREATE ROLE reader LOGIN PASSWORD 'word'")
    await keeper.unsafe('CREATE DATABASE bare')
    await keeper.end()
  }, 180_000)
  afterAll(() => server?.stop())

  const opened = async <T>(
    place: string,
    password: string | undefined,
    work: (index: ReturnType<typeof createPgvectorIndex>) => Promise<T>,
  ) => {
    const index = createPgvectorIndex(place, password)
    try {
      return await work(index)
    } finally {
      await index.close()
    }
  }
  const refused = (code: string, words: RegExp) => ({ code, message: expect.stringMatching(words) })

  it('says that the password is wrong, and shows none', async () => {
    const finding = opened(server.place(), 'geheim', (index) => index.find(query, createContext()))
    await expect(finding).rejects.toMatchObject(refused('internal', /^(?!.*geheim).*refuses the user: .*\.$/))
  })

  it('says that a password is asked for', async () => {
    const finding = opened(server.place(), undefined, (index) => index.find(query, createContext()))
    await expect(finding).rejects.toMatchObject(refused('internal', /password/))
  })

  it('says that there is no such database', async () => {
    const finding = opened(server.place('keeper', 'nothing'), server.password, (index) =>
      index.find(query, createContext()),
    )
    await expect(finding).rejects.toMatchObject(
      refused('internal', /database "nothing" does not exist; create it/),
    )
  })

  it('says which rights are missing, to write and to search', async () => {
    const building = opened(server.place('reader', 'bare'), 'word', (index) =>
      index.build('jobs', rows(), settings, createContext()),
    )
    await expect(building).rejects.toMatchObject(refused('internal', /permission denied.*GRANT CREATE/s))
    await opened(server.place(), server.password, (index) =>
      index.build('jobs', rows(), settings, createContext()),
    )
    const finding = opened(server.place('reader'), 'word', (index) => index.find(query, createContext()))
    await expect(finding).rejects.toMatchObject(refused('internal', /permission denied.*GRANT USAGE/s))
  })

  it('says that nothing answers there, and that a try later may succeed', async () => {
    const away = 'postgres://me@127.0.0.1:1/d?sslmode=disable'
    const finding = opened(away, 'word', (index) => index.find(query, createContext()))
    await expect(finding).rejects.toMatchObject({
      ...refused('upstream_failed', /cannot be reached/),
      retryable: true,
    })
  })

  it('says that the server speaks no TLS when it is asked to', async () => {
    const place = server.place().replace('?sslmode=disable', '')
    const finding = opened(place, server.password, (index) => index.find(query, createContext()))
    await expect(finding).rejects.toMatchObject({
      name: 'AppError',
      message: expect.stringMatching(/127\.0\.0\.1.*\.$/),
    })
  })

  it('refuses vectors wider than its index takes', async () => {
    const wide = { model: collectionModel(4001) }
    const building = opened(server.place(), server.password, (index) =>
      index.build('wide', rowsOf([]), wide, createContext()),
    )
    await expect(building).rejects.toMatchObject(
      refused('invalid_request', /4001 numbers; pgvector indexes 4000/),
    )
  })

  it('stops a search at its deadline', async () => {
    const finding = opened(server.place(), server.password, (index) =>
      index.find(query, createContext({ deadline: Date.now() + 1 })),
    )
    await expect(finding).rejects.toMatchObject({ code: 'deadline_exceeded' })
  })

  it('goes on after the server has ended all connections', async () => {
    const keeper = postgres({
      host: '127.0.0.1',
      port: server.port,
      user: 'keeper',
      password: server.password,
      database: 'postgres',
    })
    const place = server.place()
    await opened(place, server.password, async (index) => {
      await index.build('jobs', rows(), settings, createContext())
      await keeper.unsafe(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = $1',
        ['serverless-embeddings'],
      )
      expect(await index.info('jobs', createContext())).toMatchObject({ rows: 1 })
    })
    await keeper.end()
  })
})
