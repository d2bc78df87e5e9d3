import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { absentPooler, startPgBouncer } from '../../scripts/servers/pgbouncer-server.ts'
import { absent, startPostgres } from '../../scripts/servers/postgres-server.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'
import { because } from '../support/because.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { describeCandidateIndex } from '../support/describe-candidate-index.ts'
import { manifestOf } from '../support/manifests.ts'

const missing = absent ?? absentPooler
const stops: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

async function startBoth(settings: readonly string[]) {
  const server = await startPostgres()
  stops.push(server.stop)
  const pooler = await startPgBouncer(server.port, server.password, settings)
  stops.push(pooler.stop)
  return { ...pooler, server, password: server.password }
}

describeCandidateIndex({
  name: 'PostgreSQL behind PgBouncer, which pools transactions',
  absent: missing,
  async open() {
    // Two connections for four of ours: each transaction may meet another one.
    const { place, password } = await startBoth(['pool_mode=transaction', 'default_pool_size=2'])
    return createPgvectorIndex(place(), password)
  },
  capabilities: { scoreError: 1e-3, severalWriters: true, exact: true, counts: true, filterRuns: 5 },
})

describe.skipIf(missing)(`what PgBouncer refuses${because(missing)}`, () => {
  const model = manifestOf({ id: 'small', dimensions: 8 })
  const query = { name: 'jobs', model, queries: [unitVector(8, 1)], count: 1 }
  let both: Awaited<ReturnType<typeof startBoth>>
  beforeAll(async () => {
    both = await startBoth(['pool_mode=transaction', 'max_client_conn=1'])
  }, 180_000)
  const open = (place: string, password = both.password) => {
    const index = createPgvectorIndex(place, password)
    onTestFinished(() => index.close())
    return index
  }
  const refusalOf = (asked: Promise<unknown>) =>
    asked.then(
      () => 'nothing',
      ({ message }: Error) => message,
    )

  it.each([
    ['a wrong password', 'keeper', 'postgres', 'geheim', /^(?!.*geheim).*refuses the user/],
    ['an unknown user', 'nobody', 'postgres', 'word', /refuses the user/],
    ['an unknown database', 'keeper', 'nothing', undefined, /"nothing" does not exist; create it/],
  ])('says of %s what it is', async (_, user, database, password, sentence) => {
    const index = open(both.place(user, database), password)
    expect(await refusalOf(index.find(query, createContext()))).toMatch(sentence)
  })

  it('says that it has no connection left', async () => {
    const index = open(both.place())
    const row = { id: 'a', fields: {}, vector: unitVector(8, 1) }
    await index.build('jobs', rowsOf([row]), { model: collectionModel(8) }, createContext())
    const another = open(both.place())
    await expect(another.find(query, createContext())).rejects.toMatchObject({
      ...{ code: 'overloaded', retryable: true, message: expect.stringMatching(/no more connections/) },
    })
    expect(await index.find(query, createContext())).toMatchObject({ rows: 1 })
  })

  it('says that statements alone are pooled, which is not enough', async () => {
    const { server, password } = both
    const pooler = await startPgBouncer(server.port, password, ['pool_mode=statement'])
    onTestFinished(pooler.stop)
    const refused = await refusalOf(open(pooler.place()).find(query, createContext()))
    expect(refused).toMatch(/that pool_mode is transaction\.$/)
  })
})
