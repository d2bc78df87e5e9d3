import { join } from 'node:path'
import fc from 'fast-check'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tellCounted } from '../../scripts/bench/counted.ts'
import { copyCollection } from '../../scripts/collections/copy.ts'
import { absent, reason, startPostgres } from '../../scripts/servers/postgres-server.ts'
import type { CandidateIndex } from '../../src/collections/candidate-index.ts'
import { createContext } from '../../src/context.ts'
import { type Bundles, bundleProgram } from '../support/bundles.ts'
import { collectionModel, numberedRows } from '../support/collections.ts'
import { type CopierTask, openPlace } from '../support/copied-places.ts'
import { type FakeS3Vectors, startFakeS3Vectors } from '../support/fake-s3vectors.ts'
import { temporaryFolder } from '../support/folders.ts'
import { type Kill, runKilled } from '../support/killed-program.ts'
import { withCredentials } from '../support/s3vectors.ts'

const DIMENSIONS = 8
const [ROWS, OLD] = [600, 20]
const LEASE_MS = 800
const settings = { model: collectionModel(DIMENSIONS) }
const rows = (count: number, kind: string) => numberedRows(count, DIMENSIONS, () => ({ kind }), `${kind} `)

withCredentials()
describe.skipIf(absent)(`a copy between two engines that is killed${reason}`, () => {
  let server: Awaited<ReturnType<typeof startPostgres>>
  let fake: FakeS3Vectors
  let program: Bundles
  let places: Omit<CopierTask, 'from' | 'to'>
  let databases = 0
  const counted = { faults: 0, in: 0 }
  beforeAll(async () => {
    program = await bundleProgram('test/support/collection-copier.ts')
    server = await startPostgres()
    fake = await startFakeS3Vectors('people')
    places = { password: server.password, endpoint: fake.endpoint, leaseMs: LEASE_MS }
  }, 180_000)
  afterAll(async () => {
    const copies = { what: 'copies between engines, each killed', things: 'copies that were confirmed' }
    const none = { refused: 0, lost: 0, doubled: 0, halfWritten: 0 }
    tellCounted({ ...copies, ...counted, ...none, out: counted.in })
    fake?.close()
    await server?.stop()
    program?.remove()
  })
  const asKeeper = async <T>(database: string, work: (sql: ReturnType<typeof postgres>) => Promise<T>) => {
    const { port, password } = server
    const sql = postgres({ host: '127.0.0.1', port, user: 'keeper', password, database, onnotice: () => {} })
    return work(sql).finally(() => sql.end())
  }
  const PLACES = {
    files: async () => join(temporaryFolder('copied'), 'store'),
    vectors: async () => `s3vectors://people/jobs-${databases++}`,
    async database() {
      const database = `copied_${databases++}`
      await asKeeper('postgres', (sql) => sql.unsafe(`CREATE DATABASE ${database}`))
      return server.place('keeper', database)
    },
  }
  const using = <T>(place: string, work: (index: CandidateIndex) => Promise<T>) => {
    const index = openPlace(place, places)
    return work(index).finally(() => index.close())
  }

  /** Copies in a process that is killed so many lines and milliseconds after its start; whether it had confirmed the copy. */
  async function run(from: string, to: string, kill: Kill) {
    const task: CopierTask = { ...places, from, to }
    return (await runKilled(program.path('collection-copier.js'), task, kill)).includes('done')
  }

  const kindsOf = (place: string) =>
    using(place, async (index) => {
      const { content, ...info } = await index.read('jobs', createContext())
      const kinds: unknown[] = []
      const ids = new Set<string>()
      for await (const { id, fields } of content) {
        kinds.push(fields.kind)
        ids.add(id)
      }
      expect(ids.size).toBe(kinds.length)
      expect(info.rows).toBe(kinds.length)
      return { kinds: [...new Set(kinds)], rows: kinds.length }
    })

  it.each([
    ['files', 'database'],
    ['database', 'files'],
    ['files', 'vectors'],
    ['vectors', 'files'],
    ['vectors', 'database'],
    ['database', 'vectors'],
  ] as const)(
    'from %s to %s shows the old rows or all new ones, and is whole the second time',
    async (one, other) => {
      const [from, to] = [await PLACES[one](), await PLACES[other]()]
      await using(from, (index) => index.build('jobs', rows(ROWS, 'new'), settings, createContext()))
      const before = { kinds: ['old'], rows: OLD }
      const after = { kinds: ['new'], rows: ROWS }
      const kill = { lines: fc.integer({ min: 1, max: 14 }), milliseconds: fc.integer({ min: 0, max: 60 }) }
      await fc.assert(
        fc.asyncProperty(fc.record(kill), async (killed) => {
          await using(to, (index) => index.build('jobs', rows(OLD, 'old'), settings, createContext()))
          const done = await run(from, to, killed)
          counted.faults++
          if (done) counted.in++
          expect(done ? [after] : [before, after]).toContainEqual(await kindsOf(to))
          await using(from, (source) => using(to, (target) => copyCollection('jobs', source, target)))
          expect(await kindsOf(to)).toEqual(after)
          expect(await kindsOf(from)).toEqual(after)
        }),
        { numRuns: Number(process.env.COLLECTION_RUNS ?? 3) },
      )
    },
    180_000,
  )
})
