import { CreateVectorBucketCommand, S3VectorsClient } from '@aws-sdk/client-s3vectors'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { startMoto } from '../../scripts/servers/moto-server.ts'
import type { CandidateIndex } from '../../src/collections/candidate-index.ts'
import { createS3VectorsIndex } from '../../src/collections/s3vectors/s3vectors-index.ts'
import type { CollectionRow } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { dot } from '../../src/vector/similarity.ts'
import { bundleProgram } from '../support/bundles.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { KILLS, type KilledCounts, killVectorWriters } from '../support/killed-vector-writers.ts'
import { manifestOf } from '../support/manifests.ts'
import { FAST_POLICY, withCredentials } from '../support/s3vectors.ts'
import { describeWithVectors } from './tools.ts'

const DIMENSIONS = 16
const settings = { model: collectionModel(DIMENSIONS) }
const rowsFrom = (first: number, count: number): CollectionRow[] =>
  Array.from({ length: count }, (_, row) => ({
    id: `${first + row}`,
    fields: { text: `简历 ${first + row}`, years: row },
    vector: unitVector(DIMENSIONS, first + row),
  }))

// moto 5.2 keeps and gives vectors. It has no QueryVectors, and makes an index a second time where the service refuses: searches
// and writers who meet are tried on the server of test/support/fake-s3vectors.ts alone.
describeWithVectors('collections in the S3 Vectors of moto', (python) => {
  withCredentials()
  let stop = () => {}
  let endpoint = ''
  beforeAll(async () => {
    const moto = await startMoto(python)
    stop = moto.close
    endpoint = moto.endpoint
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
    const client = new S3VectorsClient({ endpoint, credentials, region: 'us-east-1' })
    await client.send(new CreateVectorBucketCommand({ vectorBucketName: 'people' }))
    client.destroy()
  }, 120_000)
  afterAll(() => stop())

  const open = (place = 's3vectors://people/jobs') =>
    createS3VectorsIndex(place, {
      endpoint,
      policy: FAST_POLICY,
      times: { leaseMs: 1000, settleMs: 0 },
      freshMs: 0,
    })
  const idsOf = async (name: string) => {
    const rows = new Map<string, CollectionRow>()
    for await (const row of (await open().read(name, createContext())).content) rows.set(row.id, row)
    return rows
  }

  /** By reading all rows: moto has no queries. */
  const idsIn = async (index: CandidateIndex) => {
    const ids: number[] = []
    for await (const { id } of (await index.read('jobs', createContext())).content) ids.push(Number(id))
    return ids
  }

  it('builds, adds, removes, compacts and reads rows back as they were', async () => {
    const index = open()
    const context = createContext()
    expect(await index.info('people', context)).toBeUndefined()
    await index.build('people', rowsOf(rowsFrom(0, 700)), settings, context)
    const again = [{ ...rowsFrom(3, 1)[0]!, fields: { text: 'new' } }, ...rowsFrom(900, 2)]
    expect(await index.add('people', rowsOf(again), settings, context)).toMatchObject({
      version: 2,
      rows: 702,
    })
    expect(await index.remove('people', new Set(['0', 'nobody']), context)).toMatchObject({
      removed: 1,
      rows: 701,
    })
    const rows = await idsOf('people')
    expect(rows.size).toBe(701)
    expect(rows.get('3')!.fields).toEqual({ text: 'new' })
    expect(rows.get('5')!.fields).toEqual({ text: '简历 5', years: 5 })
    expect(dot(rows.get('901')!.vector, unitVector(DIMENSIONS, 901))).toBeCloseTo(1, 6)
    expect(await index.compact('people', context)).toMatchObject({ deleted: 2, rows: 701 })
    expect((await idsOf('people')).size).toBe(701)
    await index.build('people', rowsOf(rowsFrom(50, 4)), settings, context)
    await index.build('people', rowsOf(rowsFrom(60, 3)), settings, context)
    expect([...(await idsOf('people')).keys()].sort()).toEqual(['60', '61', '62'])
    await index.close()
  }, 60_000)

  it('shows each change of writers who are killed one after another whole or not at all', async () => {
    const program = await bundleProgram('test/support/s3vectors-writer.ts')
    onTestFinished(() => program.remove())
    const counted: KilledCounts = { faults: 0, confirmed: 0, halfWritten: 0 }
    const setting = { endpoint, program, locks: false, idsOf: idsIn }
    await fc.assert(
      fc.asyncProperty(KILLS, (kills) => killVectorWriters(setting, kills, counted)),
      { numRuns: Number(process.env.COLLECTION_RUNS ?? 2) },
    )
    expect(counted.halfWritten).toBe(0)
    console.log(`${counted.faults} kills, ${counted.confirmed} changes confirmed, none half there`)
  }, 600_000)

  it('says that a vector bucket is not there, and how it is made', async () => {
    const nowhere = open('s3vectors://nobody/jobs')
    const built = nowhere.build('people', rowsOf(rowsFrom(0, 1)), settings, createContext())
    await expect(built).rejects.toThrow('create-vector-bucket --vector-bucket-name nobody')
    const query = {
      name: 'people',
      model: manifestOf({ id: 'small', dimensions: DIMENSIONS }),
      queries: [],
      count: 1,
    }
    await expect(nowhere.find(query, createContext())).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
