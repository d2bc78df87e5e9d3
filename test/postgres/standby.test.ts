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
const rows = (count: number) => numberedRows(count, DIMENSIONS, (row) => ({ years: row }))
const query = {
  ...{ name: 'jobs', model, queries: [unitVector(DIMENSIONS, 7)], count: 3 },
  filter: filterOf({ years: { min: 5 } }),
}

describe.skipIf(absent)(`a standby of a database${reason}`, () => {
  const servers: Awaited<ReturnType<typeof startPostgres>>[] = []
  let primary: CandidateIndex
  let standby: CandidateIndex
  beforeAll(async () => {
    const server = await startPostgres()
    servers.push(server)
    servers.unshift(await server.startStandby())
    const [first, second] = servers.map(({ place, password }) => createPgvectorIndex(place(), password))
    ;[standby, primary] = [first!, second!]
  }, 180_000)
  afterAll(async () => {
    await standby?.close()
    await primary?.close()
    for (const { stop } of servers) await stop()
  })

  it('answers as the first does, once it has heard of a build, also by the index of neighbours', async () => {
    await primary.build('jobs', rows(500), settings, createContext())
    const heard = () => standby.info('jobs', createContext()).catch(() => undefined)
    await expect.poll(heard, { timeout: 10_000 }).toMatchObject({ rows: 500 })
    const bounds = { mostExact: 10 }
    const near = servers.map(({ place, password }) => createPgvectorIndex(place(), password, bounds))
    for (const [one, other] of [[standby, primary], near] as const) {
      const answer = await one!.find(query, createContext())
      expect(answer).toEqual(await other!.find(query, createContext()))
      expect(answer).toMatchObject({ rows: 500, excluded: 5, exact: one === standby })
    }
    for (const index of near) await index.close()
  })

  it('reads all rows, and is told of to the doctor', async () => {
    let count = 0
    for await (const _ of (await standby.read('jobs', createContext())).content) count++
    expect(count).toBe(500)
    const inspected = createPgvectorIndex(servers[0]!.place(), servers[0]!.password)
    expect(await inspected.inspect(createContext())).toMatchObject({ isReplica: true })
    await inspected.close()
  })

  it.each([
    ['build', () => standby.build('jobs', rows(1), settings, createContext())],
    ['add', () => standby.add('jobs', rows(1), settings, createContext())],
    ['build another', () => standby.build('others', rows(1), settings, createContext())],
    ['remove', () => standby.remove('jobs', new Set(['1']), createContext())],
    ['drop', () => standby.drop('jobs', createContext())],
  ])('says that it cannot %s', async (_, change) => {
    await expect(change()).rejects.toMatchObject({
      ...{ code: 'internal', message: expect.stringMatching(/it is a replica.*name the primary/) },
    })
  })
})
