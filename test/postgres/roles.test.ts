import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { absent, reason, startPostgres } from '../../scripts/servers/postgres-server.ts'
import type { CandidateIndex } from '../../src/collections/candidate-index.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'
import { collectionModel, numberedRows, unitVector } from '../support/collections.ts'
import { filterOf } from '../support/filter-cases.ts'
import { manifestOf } from '../support/manifests.ts'

const DIMENSIONS = 8
const model = manifestOf({ id: 'small', dimensions: DIMENSIONS })
const settings = { model: collectionModel(DIMENSIONS) }
const rows = (count: number) => numberedRows(count, DIMENSIONS, (row) => ({ text: "it's \\ x", years: row }))

/** What administrators set, and a session must not go by. */
const ODD = [
  'standard_conforming_strings = off',
  "client_encoding = 'LATIN1'",
  "bytea_output = 'escape'",
  "datestyle = 'German'",
  "intervalstyle = 'iso_8601'",
  "default_transaction_isolation = 'serializable'",
  'default_transaction_deferrable = on',
  'enable_seqscan = off',
  'enable_indexscan = off',
  'array_nulls = off',
  'transform_null_equals = on',
  'quote_all_identifiers = on',
  "work_mem = '64kB'",
  "maintenance_work_mem = '1MB'",
  'row_security = off',
  'jit_above_cost = 0',
]

describe.skipIf(absent)(`a role that an administrator has set up${reason}`, () => {
  let server: Awaited<ReturnType<typeof startPostgres>>
  let keeper: ReturnType<typeof postgres>
  let index: CandidateIndex
  beforeAll(async () => {
    server = await startPostgres()
    const { port, password } = server
    const own = { host: '127.0.0.1', port, user: 'keeper', password, database: 'postgres' }
    keeper = postgres({ ...own, onnotice: () => {} })
    await keeper.unsafe(`CREATE EXTENSION vector; CREATE ROLE writer LOGIN PASSWORD 'word';
      GRANT CREATE ON DATABASE postgres TO writer; CREATE TABLE public.added (id text);
      GRANT ALL ON public.added TO writer`)
    index = await opened()
    await index.build('jobs', rows(3), settings, createContext())
  }, 180_000)
  afterAll(async () => {
    await index?.close()
    await keeper?.end()
    await server?.stop()
  })
  const opened = async () => createPgvectorIndex(server.place('writer'), 'word')
  /** Has a connection of its own, which begins with these settings. */
  const having = async (options: readonly string[], work: (own: CandidateIndex) => Promise<void>) => {
    for (const option of options) await keeper.unsafe(`ALTER ROLE writer SET ${option}`)
    const own = await opened()
    await work(own).finally(async () => {
      await own.close()
      await keeper.unsafe('ALTER ROLE writer RESET ALL')
    })
  }
  const find = (own: CandidateIndex) =>
    own.find(
      {
        ...{ name: 'jobs', model, queries: [unitVector(DIMENSIONS, 2)], count: 1 },
        filter: filterOf({ years: { min: 2 }, text: { equals: "IT'S \\ x" } }),
      },
      createContext(),
    )

  it('builds, adds and searches as any other, whatever its sessions begin with', async () => {
    await having(ODD, async (own) => {
      await own.build('jobs', rows(20), settings, createContext())
      expect(await own.add('jobs', rows(30), settings, createContext())).toMatchObject({ rows: 30 })
      const [found, usual] = [await find(own), await find(index)]
      expect(found).toEqual(usual)
      expect(found).toMatchObject({ rows: 30, excluded: 2, found: [[{ id: '2', score: expect.closeTo(1) }]] })
      expect(await own.drop('jobs', createContext())).toBe(true)
    })
    await index.build('jobs', rows(3), settings, createContext())
  })

  it('adds although it looks for tables elsewhere first, where one has the same name', async () => {
    await having(['search_path = public, pg_temp'], async (own) => {
      expect(await own.add('jobs', rows(5), settings, createContext())).toMatchObject({ rows: 5 })
    })
    expect(await keeper`SELECT FROM public.added`).toHaveLength(0)
  })

  it('searches, and hears what it may not write, by default or by right', async () => {
    await having(['default_transaction_read_only = on'], async (own) => {
      expect((await find(own)).rows).toBe(5)
      await expect(own.build('jobs', rows(1), settings, createContext())).rejects.toMatchObject({
        message: expect.stringMatching(/ALTER ROLE … SET default_transaction_read_only = off\.$/),
      })
    })
    await keeper.unsafe('REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC')
    await expect(index.add('jobs', rows(1), settings, createContext())).rejects.toMatchObject({
      message: expect.stringMatching(/temporary tables.*GRANT TEMPORARY ON DATABASE/),
    })
    expect(await index.info('jobs', createContext())).toMatchObject({ rows: 5 })
  })

  it('may not stop a build by its limit of time without saying which', async () => {
    await having(["statement_timeout = '1ms'"], async (own) => {
      await expect(own.build('jobs', rows(500), settings, createContext())).rejects.toMatchObject({
        ...{ code: 'deadline_exceeded', message: expect.stringMatching(/statement_timeout\)\.$/) },
      })
    })
  })

  it('cannot build where pgvector is not installed, and is told what to run', async () => {
    await keeper.unsafe('CREATE DATABASE bare OWNER writer')
    const bare = createPgvectorIndex(server.place('writer', 'bare'), 'word')
    await expect(bare.build('jobs', rows(1), settings, createContext())).rejects.toMatchObject({
      message: expect.stringMatching(/create extension "vector".*administrator run CREATE EXTENSION vector/),
    })
    await bare.close()
  })
})
