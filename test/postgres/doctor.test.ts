import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askDatabase } from '../../scripts/deploy/database.ts'
import { absent, reason, startPostgres } from '../../scripts/servers/postgres-server.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'
import { parametersOf } from '../deploy/defaults.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'

describe.skipIf(absent)(`a database that the doctor asks${reason}`, () => {
  let server: Awaited<ReturnType<typeof startPostgres>>
  beforeAll(async () => {
    server = await startPostgres()
  }, 180_000)
  afterAll(() => server?.stop())

  const ask = (user?: string, password = server.password, authority?: string) =>
    askDatabase(
      parametersOf('prod', {
        collections: `${server.place(user).replace(/\?.*/, '')}?sslmode=${authority ? 'verify-ca' : 'disable'}`,
      }),
      { password, authority },
    )

  it('says what it is before anything was built, and afterwards what is there and for whom', async () => {
    const empty = await ask()
    expect(empty).toMatchObject({
      ...{ server: expect.stringMatching(/^16\.\d+$/), extension: undefined, mayBuild: true },
      ...{ available: expect.stringMatching(/^0\.8/), isReplica: false, collections: [] },
      connections: expect.any(Number),
    })
    const index = createPgvectorIndex(server.place(), server.password)
    const rows = rowsOf([{ id: 'a', fields: {}, vector: unitVector(8, 1) }])
    await index.build('jobs', rows, { model: collectionModel(8) }, createContext())
    await index.close()
    const keeper = postgres({
      ...{ host: '127.0.0.1', port: server.port, user: 'keeper', password: server.password },
      ...{ database: 'postgres', onnotice: () => {} },
    })
    await keeper.unsafe(`CREATE ROLE reader LOGIN PASSWORD 'word';
      GRANT USAGE ON SCHEMA serverless_embeddings TO reader;
      GRANT SELECT ON ALL TABLES IN SCHEMA serverless_embeddings TO reader;
      CREATE ROLE stranger LOGIN PASSWORD 'word'`)
    await keeper.end()
    expect(await ask()).toMatchObject({
      ...{ extension: expect.stringMatching(/^0\.8/), reachable: true, mayBuild: true },
      collections: [{ name: 'jobs', rows: 1, version: 1, model: { id: 'small' } }],
    })
    expect(await ask('reader', 'word')).toMatchObject({ mayBuild: false, collections: [{ name: 'jobs' }] })
    expect(await ask('stranger', 'word')).toEqual({
      problem: expect.stringMatching(/permission denied for schema serverless_embeddings; .*GRANT USAGE/),
    })
  })

  it('is told of in one sentence when it refuses or does not answer', async () => {
    expect(await ask('keeper', 'wrong')).toEqual({
      problem: expect.stringMatching(/^PostgreSQL at \S+ refuses the user: password authentication failed/),
    })
    expect(await ask('keeper', server.password, '/no/such/file.pem')).toEqual({
      problem: expect.stringContaining('sslrootcert /no/such/file.pem, which cannot be read'),
    })
    expect(
      await askDatabase(parametersOf('prod'), { password: undefined, authority: undefined }),
    ).toBeUndefined()
  })
})
