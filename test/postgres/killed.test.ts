import fc from 'fast-check'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tellCounted } from '../../scripts/bench/counted.ts'
import { absent, reason, startPostgres } from '../../scripts/servers/postgres-server.ts'
import type { CandidateIndex } from '../../src/collections/candidate-index.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'
import { type Bundles, bundleProgram } from '../support/bundles.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { confirmedIn, type Kill, runKilled } from '../support/killed-program.ts'
import { manifestOf } from '../support/manifests.ts'
import type { PgvectorWriterTask } from '../support/pgvector-writer.ts'

const DIMENSIONS = 8
const ROWS = 60
const model = manifestOf({ id: 'small', dimensions: DIMENSIONS })

describe.skipIf(absent)(`processes that write one collection in PostgreSQL, and are killed${reason}`, () => {
  let index: CandidateIndex
  let server: Awaited<ReturnType<typeof startPostgres>>
  let program: Bundles
  beforeAll(async () => {
    program = await bundleProgram('test/support/pgvector-writer.ts')
    server = await startPostgres()
    index = createPgvectorIndex(server.place(), server.password)
  }, 180_000)
  afterAll(async () => {
    await index?.close()
    await server?.stop()
    program?.remove()
  })

  /** Runs a writer, killed so many lines and milliseconds after its start; answers the first ids of the changes that it confirmed. */
  async function run(task: Omit<PgvectorWriterTask, 'place' | 'password'>, kill: Kill) {
    const whole: PgvectorWriterTask = { ...task, place: server.place(), password: server.password }
    return confirmedIn(await runKilled(program.path('pgvector-writer.js'), whole, kill))
  }

  const found = async () => {
    const query = { name: 'jobs', model, queries: [unitVector(DIMENSIONS, 1)], count: 10_000 }
    const { found, rows } = await index.find(query, createContext())
    expect(rows).toBe(found[0]!.length)
    return found[0]!.map(({ id }) => Number(id))
  }

  it('show each change whole or not at all, and lose none that was confirmed', async () => {
    const kill = (most: number) =>
      fc.record({ lines: fc.integer({ min: 1, max: most }), milliseconds: fc.integer({ min: 0, max: 40 }) })
    const kills = fc.record({ build: kill(14), add: kill(21), remove: kill(6) })
    const counted = { faults: 0, in: 0, out: 0, halfWritten: 0 }
    await fc.assert(
      fc.asyncProperty(kills, async (after) => {
        const base = Array.from({ length: ROWS }, (_, id) => ({
          id: `${id}`,
          fields: {},
          vector: unitVector(DIMENSIONS, id),
        }))
        await index.build('jobs', rowsOf(base), { model: collectionModel(DIMENSIONS) }, createContext())
        const task = { rows: ROWS / 2, turns: 3 }
        const [added, removed] = await Promise.all([
          run({ ...task, work: 'add', first: 1000 }, after.add),
          run({ work: 'remove', first: 0, rows: 10, turns: 3 }, after.remove),
        ])
        const there = await found()
        const sizes = (step: number, from: number, turns: number) =>
          Array.from({ length: turns }, (_, turn) => {
            const first = from + turn * step
            return { first, size: there.filter((id) => id >= first && id < first + step).length }
          })
        for (const { first, size } of sizes(30, 1000, 3)) {
          if (size !== 0 && size !== 30) counted.halfWritten++
          if (added.includes(first)) expect(size).toBe(30)
        }
        for (const { first, size } of sizes(10, 0, 3)) {
          if (size !== 0 && size !== 10) counted.halfWritten++
          if (removed.includes(first)) expect(size).toBe(0)
        }
        expect(new Set(there).size).toBe(there.length)
        const before = there.length
        const built = await run({ work: 'build', first: 5000, rows: ROWS, turns: 2 }, after.build)
        const then = await found()
        const ofBuild = then.filter((id) => id >= 5000)
        if (built.length > 0) expect(ofBuild).toHaveLength(ROWS)
        expect([before, ROWS]).toContain(then.length)
        expect([0, then.length]).toContain(ofBuild.length)
        counted.faults += 3
        counted.in += added.length + removed.length + built.length
      }),
      { numRuns: Number(process.env.COLLECTION_RUNS ?? 4) },
    )
    expect(counted.halfWritten).toBe(0)
    const what = 'builders, adders and removers of one collection in PostgreSQL, each killed'
    tellCounted({
      what,
      things: 'changes that were confirmed',
      ...counted,
      out: counted.in,
      refused: 0,
      lost: 0,
      doubled: 0,
    })
  }, 180_000)

  it('leave no table behind that no collection names', async () => {
    const { port, password } = server
    const sql = postgres({
      host: '127.0.0.1',
      port,
      user: 'keeper',
      password,
      database: 'postgres',
      ssl: false,
    })
    const [counted] = await sql<{ tables: number; named: number }[]>`
      SELECT (SELECT count(*)::int FROM pg_tables WHERE schemaname = 'serverless_embeddings' AND tablename LIKE 'rows%') AS tables,
        (SELECT count(relation)::int + count(previous)::int FROM serverless_embeddings.collections) AS named`
    await sql.end()
    expect(counted!.named).toBeGreaterThan(0)
    expect(counted!.tables).toBe(counted!.named)
  })
})
