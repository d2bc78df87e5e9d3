import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openIndex } from '../../scripts/collections/open-index.ts'
import { collectionsTool } from '../../scripts/collections/tool.ts'
import type { CandidateIndex } from '../../src/collections/candidate-index.ts'
import { createContext } from '../../src/context.ts'
import { stringifyExactJson } from '../../src/formats/exact-json.ts'
import type { Filters } from '../../src/services/match/filters.ts'
import { unitVector } from '../support/collections.ts'
import { type FakeS3Vectors, startFakeS3Vectors } from '../support/fake-s3vectors.ts'
import { filterOf } from '../support/filter-cases.ts'
import { temporaryFolder } from '../support/folders.ts'
import { manifestOf } from '../support/manifests.ts'
import { startPglite } from '../support/pglite-server.ts'
import { withCredentials } from '../support/s3vectors.ts'

const ROOT = join(import.meta.dirname, '../..')
const ENDPOINT = 'AWS_ENDPOINT_URL_S3VECTORS'

withCredentials()
describe('a Parquet file of another program', () => {
  let fake: FakeS3Vectors
  let database: Awaited<ReturnType<typeof startPglite>>
  const indexes: CandidateIndex[] = []
  beforeAll(async () => {
    fake = await startFakeS3Vectors('people')
    process.env[ENDPOINT] = fake.endpoint
    database = await startPglite()
    const path = join(ROOT, 'test/fixtures/parquet/arrow.parquet')
    for (const place of [
      join(temporaryFolder('built'), 'store'),
      database.place,
      's3vectors://people/jobs',
    ]) {
      await collectionsTool.run(['build', path, '--to', place, '--name', 'jobs'], ROOT)
      indexes.push(openIndex(place, { environment: {} }))
    }
  }, 180_000)
  afterAll(async () => {
    for (const index of indexes) await index.close()
    delete process.env[ENDPOINT]
    fake.close()
    await database.stop()
  })

  it('has the same rows in every engine, big integers, decimals and bytes among them', async () => {
    const contents = await Promise.all(
      indexes.map(async (index) => {
        const lines: string[] = []
        for await (const { id, fields } of (await index.read('jobs', createContext())).content)
          lines.push(`${id} ${stringifyExactJson(fields)}`)
        return lines.sort()
      }),
    )
    expect(contents[0]).toHaveLength(3)
    expect(contents[0]![0]).toMatch(/^1 .*"i64":-9223372036854775808,.*"bin":"AP8="/)
    for (const content of contents) expect(content).toEqual(contents[0])
  })

  it.each<Filters>([
    { i64: { max: -9 }, u64: { min: 1e18 } },
    { list: { hasAll: [1] }, bin: { equals: 'AP8=' } },
    { i8: { min: -128, max: 0 } },
  ])('is filtered alike by every engine: %j', async (filters) => {
    for (const index of indexes) {
      const { model } = (await index.info('jobs', createContext()))!
      const query = {
        name: 'jobs',
        model: manifestOf(model as Parameters<typeof manifestOf>[0]),
        count: 3,
        filter: filterOf(filters),
      }
      const queries = [unitVector(model.dimensions, 1)]
      const { found, notes } = await index.find({ ...query, queries }, createContext())
      expect([index.engine, found[0]!.map(({ id }) => id), notes]).toEqual([index.engine, ['1'], []])
    }
  })
})
