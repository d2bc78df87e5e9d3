import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { groupedRows, groupedVectors, ROW_FILTERS } from '../../scripts/bench/collection-rows.ts'
import { absent, reason, startPostgres } from '../../scripts/servers/postgres-server.ts'
import type { CandidateIndex, CollectionQuery } from '../../src/collections/candidate-index.ts'
import { createExactIndex } from '../../src/collections/exact-index.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'
import { collectionModel } from '../support/collections.ts'
import { manifestOf } from '../support/manifests.ts'
import { createMemoryStore } from '../support/memory-store.ts'

const ROWS = 20_000
const DIMENSIONS = 256
const GROUPS = 500
const QUERIES = 50
const TOP = 10
const model = manifestOf({ id: 'small', dimensions: DIMENSIONS })

const drawn = (seed: number) => ({ dimensions: DIMENSIONS, groups: GROUPS, seed })

describe.skipIf(absent)(`a search among ${ROWS} rows in PostgreSQL${reason}`, () => {
  const exact = createExactIndex({ store: createMemoryStore(), budgetBytes: 1e9, threads: 1 })
  let pgvector: CandidateIndex
  let stop = async () => {}
  const queries = [...groupedVectors(QUERIES, drawn(3))]
  beforeAll(async () => {
    const server = await startPostgres()
    stop = server.stop
    pgvector = createPgvectorIndex(server.place(), server.password)
    const started = performance.now()
    for (const index of [exact, pgvector])
      await index.build(
        'jobs',
        groupedRows(ROWS, drawn(2)),
        { model: collectionModel(DIMENSIONS) },
        createContext(),
      )
    console.log(`built in ${Math.round(performance.now() - started)} ms`)
  }, 600_000)
  afterAll(async () => {
    await pgvector?.close()
    await exact.close()
    await stop()
  })

  async function compare(what: string, filter?: CollectionQuery['filter']) {
    const query = (one: Float32Array) => ({ name: 'jobs', model, queries: [one], count: TOP, filter })
    let shared = 0
    let isExact = true
    const times: number[] = []
    for (const one of queries) {
      const wanted = (await exact.find(query(one), createContext())).found[0]!.map(({ id }) => id)
      const started = performance.now()
      const answer = await pgvector.find(query(one), createContext())
      times.push(performance.now() - started)
      isExact &&= answer.exact
      shared += answer.found[0]!.filter(({ id }) => wanted.includes(id)).length
    }
    const recall = shared / (QUERIES * TOP)
    times.sort((one, other) => one - other)
    const median = times[QUERIES / 2]!.toFixed(1)
    console.log(
      `recall@${TOP} ${recall.toFixed(3)} of ${ROWS} × ${DIMENSIONS}, ${what}: ${isExact ? 'exact' : 'approximate'}, median ${median} ms`,
    )
    return { recall, isExact }
  }

  it('finds nearly all of the best ten by the index of neighbours', async () => {
    const { recall, isExact } = await compare('all rows')
    expect(isExact).toBe(false)
    expect(recall).toBeGreaterThanOrEqual(0.97)
  })

  it('finds all of them among the rows of a narrow filter, compared one by one', async () => {
    const { recall, isExact } = await compare('1 % of them', ROW_FILTERS.one)
    expect(isExact).toBe(true)
    // Rows whose scores differ by less than halfvec keeps may change places.
    expect(recall).toBeGreaterThanOrEqual(0.98)
  })

  it('is not starved by a filter that keeps most rows', async () => {
    const { recall, isExact } = await compare('60 % of them', ROW_FILTERS.most)
    expect(isExact).toBe(false)
    expect(recall).toBeGreaterThanOrEqual(0.95)
  })
})
