import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { describe, expect, onTestFinished } from 'vitest'
import { giveToNobody } from '../../scripts/servers/own-program.ts'
import { absent, reason, startPostgres } from '../../scripts/servers/postgres-server.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'
import { collectionModel, numberedRows, unitVector } from '../support/collections.ts'
import { temporaryFolder } from '../support/folders.ts'
import { manifestOf } from '../support/manifests.ts'
import { smallDisk, testWithDisk } from '../support/small-disk.ts'

const DIMENSIONS = 64
const model = manifestOf({ id: 'small', dimensions: DIMENSIONS })
const settings = { model: collectionModel(DIMENSIONS) }
const rows = (count: number) => numberedRows(count, DIMENSIONS, () => ({ text: 'x'.repeat(500) }))
const MEGABYTE = 1024 * 1024

/** A disk that the database may write. */
function ownDisk(bytes: number): string {
  const disk = smallDisk(bytes)
  giveToNobody([disk])
  return disk
}

async function start(more: readonly string[] = [], kept?: string) {
  const server = await startPostgres(more, kept)
  const index = createPgvectorIndex(server.place(), server.password)
  onTestFinished(async () => {
    await index.close()
    await server.stop()
  })
  return { server, index }
}

describe.skipIf(absent)(`a database that has no room${reason}`, () => {
  testWithDisk('on its disk keeps what was there, and says what it lacks', async () => {
    const disk = ownDisk(4 * MEGABYTE)
    const { server, index } = await start()
    const { port, password } = server
    const keeper = postgres({ host: '127.0.0.1', port, user: 'keeper', password, database: 'postgres' })
    await keeper.unsafe(`CREATE TABLESPACE small LOCATION '${disk}'`)
    await keeper.unsafe('ALTER ROLE keeper SET default_tablespace = small')
    await keeper.end()
    await index.build('jobs', rows(50), settings, createContext())
    const full = {
      ...{ code: 'internal', message: expect.stringMatching(/has no room: .*give it more disk.*\.$/) },
    }
    const refused = index.build('jobs', rows(8000), settings, createContext())
    await expect(refused).rejects.toMatchObject(full)
    expect(await index.build('jobs', rows(60), settings, createContext())).toMatchObject({ version: 2 })
    const more = index.add('jobs', rows(8000), settings, createContext())
    await expect(more).rejects.toMatchObject(full)
    const query = { name: 'jobs', model, queries: [unitVector(DIMENSIONS, 7)], count: 1 }
    const answer = await index.find(query, createContext())
    expect(answer).toMatchObject({ version: 2, rows: 60, found: [[{ id: '7' }]] })
  })

  testWithDisk('for workers that share memory, as in a container, builds without them', async () => {
    const home = temporaryFolder('no-shared-memory')
    await (await startPostgres([], home)).stop()
    const shared = join(home, 'data', 'pg_dynshmem')
    rmSync(shared, { recursive: true })
    symlinkSync(ownDisk(8 * MEGABYTE), shared)
    const { index } = await start(['dynamic_shared_memory_type=mmap', 'min_parallel_table_scan_size=0'], home)
    const built = index.build('jobs', rows(500), settings, createContext())
    expect(await built).toMatchObject({ version: 1, rows: 500 })
  })
})
