import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { tellCounted } from '../../scripts/bench/counted.ts'
import { createContext } from '../../src/context.ts'
import { bundleProgram } from '../support/bundles.ts'
import { unitVector } from '../support/collections.ts'
import { type FakeS3Vectors, startFakeS3Vectors } from '../support/fake-s3vectors.ts'
import { KILLS, type KilledCounts, killVectorWriters } from '../support/killed-vector-writers.ts'
import { manifestOf } from '../support/manifests.ts'
import { withCredentials } from '../support/s3vectors.ts'

withCredentials()
let fake: FakeS3Vectors
const program = await bundleProgram('test/support/s3vectors-writer.ts')
beforeAll(async () => {
  fake = await startFakeS3Vectors('people')
})
afterAll(() => {
  fake.close()
  program.remove()
})

it('shows each change of writers who are killed whole or not at all, and loses none that was confirmed', async () => {
  const counted: KilledCounts = { faults: 0, confirmed: 0, halfWritten: 0 }
  const model = manifestOf({ id: 'small', dimensions: 8 })
  const query = { name: 'jobs', model, queries: [unitVector(8, 1)], count: 10_000 }
  const setting = {
    ...{ endpoint: fake.endpoint, program, locks: true },
    idsOf: async (index: Parameters<Parameters<typeof killVectorWriters>[0]['idsOf']>[0]) =>
      (await index.find(query, createContext())).found[0]!.map(({ id }) => Number(id)),
  }
  await fc.assert(
    fc.asyncProperty(KILLS, (kills) => killVectorWriters(setting, kills, counted)),
    { numRuns: Number(process.env.COLLECTION_RUNS ?? 2) },
  )
  expect(counted.halfWritten).toBe(0)
  tellCounted({
    what: 'builders, adders, removers and compactors of one collection in S3 Vectors, each killed',
    things: 'changes that were confirmed',
    ...{ faults: counted.faults, in: counted.confirmed, out: counted.confirmed },
    ...{ refused: 0, lost: 0, doubled: 0, halfWritten: counted.halfWritten },
  })
}, 600_000)
