import postgres from 'postgres'
import { afterAll, expect, it } from 'vitest'
import { countKept } from '../../src/collections/postgres/count.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { transact } from '../../src/collections/postgres/transaction.ts'
import { createContext } from '../../src/context.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { describeCandidateIndex } from '../support/describe-candidate-index.ts'
import { filterOf } from '../support/filter-cases.ts'
import { manifestOf } from '../support/manifests.ts'
import { startPglite } from '../support/pglite-server.ts'

let server: Awaited<ReturnType<typeof startPglite>>
afterAll(() => server?.stop())

// `npm run test:postgres` holds a PostgreSQL of processes to the same, and to what one session cannot show.
describeCandidateIndex({
  name: 'PostgreSQL as WebAssembly, with pgvector',
  async open() {
    server = await startPglite()
    return createPgvectorIndex(server.place, undefined)
  },
  capabilities: { scoreError: 1e-3, severalWriters: true, filterRuns: 8, exact: true, counts: true },
})

it('counts what a filter keeps, and reckons it from a sample where that would read a whole table', async () => {
  await server.database.exec(
    'CREATE TABLE many AS SELECT n AS number, repeat($$x$$, 100) AS text FROM generate_series(1, 60000) AS n',
  )
  const url = new URL(server.place)
  const client = postgres({ host: '127.0.0.1', port: Number(url.port), user: 'postgres', ssl: false, max: 1 })
  const many = { relation: 'many', rows: 60_000 }
  const kept = async (text: string, value: number) =>
    transact(client, 'READ ONLY', createContext(), (sql) =>
      countKept(sql, many, { text, values: [value] }, 10_000),
    )
  expect(await kept('number <= $1', 300)).toEqual({ rows: 300, estimated: false })
  expect(await kept('number <= $1', 20_000)).toEqual({ rows: 20_000, estimated: false })
  const { rows, estimated } = await kept('number % $1 = 0', 2)
  expect(estimated).toBe(true)
  expect(Math.abs(rows - 30_000)).toBeLessThan(1500)
  await client.end()
})

it('walks the index behind a filter, best first, and says that it did', async () => {
  const index = createPgvectorIndex(server.place, undefined, { mostExact: 10, ef: 40 })
  const all = Array.from({ length: 200 }, (_, id) => ({
    ...{ id: `${id}`, fields: { even: id % 2 === 0 }, vector: unitVector(8, id) },
  }))
  await index.build('walked', rowsOf(all), { model: collectionModel(8) }, createContext())
  const model = manifestOf({ id: 'small', dimensions: 8 })
  const query = { name: 'walked', model, queries: [unitVector(8, 900)], count: 20 }
  const filter = filterOf({ even: { equals: true } })
  const { found, ...told } = await index.find({ ...query, filter }, createContext())
  expect(told).toMatchObject({ exact: false, excluded: 100, rows: 200 })
  expect(found[0]!.every(({ id }) => Number(id) % 2 === 0)).toBe(true)
  const scores = found[0]!.map(({ score }) => score)
  expect(scores).toHaveLength(20)
  expect(scores).toEqual([...scores].sort((one, other) => other - one))
  await index.close()
})
