import { inspect } from 'node:util'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { absent, reason, startPostgres } from '../../scripts/servers/postgres-server.ts'
import type { CandidateIndex } from '../../src/collections/candidate-index.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { manifestOf } from '../support/manifests.ts'

const DIMENSIONS = 8
const model = manifestOf({ id: 'small', dimensions: DIMENSIONS })
const query = { name: 'jobs', model, queries: [unitVector(DIMENSIONS, 1)], count: 1 }
const rows = () => rowsOf([{ id: 'a', fields: { text: 'x' }, vector: unitVector(DIMENSIONS, 1) }])
const settings = { model: collectionModel(DIMENSIONS) }

describe.skipIf(absent)(`a database in hard times${reason}`, () => {
  let server: Awaited<ReturnType<typeof startPostgres>>
  let keeper: ReturnType<typeof postgres>
  let index: CandidateIndex
  const openKeeper = () => {
    const { port, password } = server
    return postgres({
      host: '127.0.0.1',
      port,
      user: 'keeper',
      password,
      database: 'postgres',
      onnotice: () => {},
    })
  }
  beforeAll(async () => {
    server = await startPostgres()
    keeper = openKeeper()
    index = createPgvectorIndex(server.place(), server.password)
    await index.build('jobs', rows(), settings, createContext())
    await keeper.unsafe(`CREATE ROLE reader LOGIN PASSWORD 'word';
      GRANT USAGE ON SCHEMA serverless_embeddings TO reader;
      GRANT SELECT ON ALL TABLES IN SCHEMA serverless_embeddings TO reader`)
  }, 180_000)
  afterAll(async () => {
    await index?.close()
    await keeper?.end()
    await server?.stop()
  })

  const asReader = async <T>(work: (index: CandidateIndex) => Promise<T>) => {
    const reader = createPgvectorIndex(server.place('reader'), 'word')
    try {
      return await work(reader)
    } finally {
      await reader.close()
    }
  }
  const find = (more: Parameters<typeof createContext>[0] = {}) => index.find(query, createContext(more))
  const running = async () => {
    const [row] = await keeper<{ count: number }[]>`SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE application_name = 'serverless-embeddings' AND state = 'active'`
    return row!.count
  }
  /** Has every search wait, as behind a table that is being changed, while the work is done. */
  const whileLocked = (work: () => Promise<void>) =>
    openKeeperOnce(async (sql) => {
      await sql.begin(async (locking) => {
        await locking.unsafe('LOCK TABLE serverless_embeddings.collections IN ACCESS EXCLUSIVE MODE')
        await work()
      })
    })
  const openKeeperOnce = async (work: (sql: ReturnType<typeof postgres>) => Promise<void>) => {
    const sql = openKeeper()
    try {
      await work(sql)
    } finally {
      await sql.end()
    }
  }

  it('is told to stop a search whose caller has left, and one whose time is up', async () => {
    await whileLocked(async () => {
      const gone = new AbortController()
      const left = find({ signal: gone.signal })
      await expect.poll(running).toBe(1)
      gone.abort()
      await expect(left).rejects.toMatchObject({ code: 'deadline_exceeded' })
      await expect.poll(running).toBe(0)
      const late = find({ deadline: Date.now() + 300 })
      await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' })
      await expect.poll(running).toBe(0)
    })
    expect(await find()).toMatchObject({ rows: 1 })
  })

  it('lets more callers search at once than there are connections', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => find()))
    expect(answers.map(({ rows }) => rows)).toEqual(Array.from({ length: 40 }, () => 1))
    // One of a test before this one may be on its way out.
    await vi.waitFor(async () => {
      const [opened] = await keeper<{ count: number }[]>`SELECT count(*)::int AS count FROM pg_stat_activity
        WHERE application_name = 'serverless-embeddings'`
      expect(opened!.count).toBeLessThanOrEqual(4)
    })
  })

  it('says that it has no connection left, and that a try later may succeed', async () => {
    await keeper.unsafe('ALTER ROLE reader CONNECTION LIMIT 0')
    const refused = asReader((reader) => reader.find(query, createContext()))
    await expect(refused).rejects.toMatchObject({
      ...{ code: 'overloaded', retryable: true },
      message: expect.stringMatching(/too busy: too many connections/),
    })
    await keeper.unsafe('ALTER ROLE reader CONNECTION LIMIT -1')
  })

  it('lets a role that may only read search, and says what it lacks to write', async () => {
    await asReader(async (reader) => {
      expect(await reader.find(query, createContext())).toMatchObject({ rows: 1 })
      for (const change of [reader.build, reader.add]) {
        const refused = change('jobs', rows(), settings, createContext())
        await expect(refused).rejects.toMatchObject({
          ...{ code: 'internal', message: expect.stringMatching(/permission denied.*GRANT CREATE.*\.$/) },
        })
      }
    })
    expect(await find()).toMatchObject({ version: 1 })
  })

  it('says that a replica cannot be written', async () => {
    await keeper.unsafe('ALTER ROLE reader SET default_transaction_read_only = on')
    const refused = asReader((reader) => reader.remove('jobs', new Set(['a']), createContext()))
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(/permission denied|it is a replica/),
    })
    await keeper.unsafe('GRANT ALL ON ALL TABLES IN SCHEMA serverless_embeddings TO reader')
    const replica = asReader((reader) => reader.remove('jobs', new Set(['a']), createContext()))
    await expect(replica).rejects.toMatchObject({ message: expect.stringMatching(/it is a replica/) })
  })

  it('says that its pgvector is too old, or lies where the user does not look', async () => {
    await keeper.unsafe("UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'")
    const old = {
      code: 'internal',
      message: expect.stringMatching(/pgvector 0\.7\.4; expected 0\.8 or later/),
    }
    await expect(find()).rejects.toMatchObject(old)
    await expect(index.build('other', rows(), settings, createContext())).rejects.toMatchObject(old)
    await keeper.unsafe("UPDATE pg_extension SET extversion = '0.8.5' WHERE extname = 'vector'")
    await keeper.unsafe('CREATE SCHEMA elsewhere; ALTER EXTENSION vector SET SCHEMA elsewhere')
    const hidden = { message: expect.stringMatching(/in the schema elsewhere.*search_path/) }
    await expect(find()).rejects.toMatchObject(hidden)
    await keeper.unsafe('ALTER EXTENSION vector SET SCHEMA public')
    expect(await find()).toMatchObject({ rows: 1 })
  })

  it('says that a table which somebody has dropped is gone, and is whole after a build', async () => {
    await index.build('lost', rows(), settings, createContext())
    const [row] = await keeper<
      { relation: string }[]
    >`SELECT relation FROM serverless_embeddings.collections WHERE name = 'lost'`
    await keeper.unsafe(`DROP TABLE ${row!.relation}`)
    const gone = {
      code: 'artifact_corrupt',
      message: expect.stringMatching(/has lost a table.*build the collection again\.$/),
    }
    await expect(index.find({ ...query, name: 'lost' }, createContext())).rejects.toMatchObject(gone)
    await expect(index.add('lost', rows(), settings, createContext())).rejects.toMatchObject(gone)
    await expect(index.remove('lost', new Set(['a']), createContext())).rejects.toMatchObject(gone)
    expect(await index.build('lost', rows(), settings, createContext())).toMatchObject({ version: 2 })
    expect(await index.drop('lost', createContext())).toBe(true)
  })

  it('says that a database of another encoding lacks a character', async () => {
    await keeper.unsafe("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    const latin = createPgvectorIndex(server.place('keeper', 'latin'), server.password)
    const chinese = rowsOf([{ id: '护士', fields: {}, vector: unitVector(DIMENSIONS, 1) }])
    await expect(latin.build('jobs', chinese, settings, createContext())).rejects.toMatchObject({
      ...{ code: 'internal', message: expect.stringMatching(/lacks a character: .*UTF8.*\.$/) },
    })
    await latin.close()
  })

  it('goes down in the middle of a search, which says so, and is found again once it is back', async () => {
    // Held by a connection that is not touched again: to send ROLLBACK there would end this process.
    const holder = await keeper.reserve()
    await holder.unsafe('BEGIN; LOCK TABLE serverless_embeddings.collections IN ACCESS EXCLUSIVE MODE')
    const failed = find().catch((error: unknown) => error)
    await expect.poll(running).toBe(1)
    await server.crash()
    const error = await failed
    expect(error).toMatchObject({
      ...{ code: 'upstream_failed', retryable: true },
      message: expect.stringMatching(/cannot be reached, or went away.*\.$/),
    })
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(server.password)
    await expect(find()).rejects.toMatchObject({ code: 'upstream_failed' })
    await server.restart()
    await expect
      .poll(() =>
        find().then(
          ({ rows }) => rows,
          () => 0,
        ),
      )
      .toBe(1)
    await keeper.end({ timeout: 1 })
    keeper = openKeeper()
  })
})
