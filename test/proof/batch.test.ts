import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { openEngine } from '../../src/models/open.ts'
import { type Bundles, bundleAllDoors } from '../support/bundles.ts'
import { describeWithS3 } from '../support/describe-s3.ts'
import { startS3Server } from '../support/s3-server.ts'
import { settingsFor, shippedFolder } from '../support/shipped-model.ts'
import type { FoundVector } from './checker.ts'
import { proveBatch } from './prove.ts'

const seed = Number(process.env.BATCH_SEED ?? Math.floor(Math.random() * 1e9))
const objects = Number(process.env.BATCH_OBJECTS ?? 20)
const mostRows = Number(process.env.BATCH_ROWS ?? 600)
const mostMs = Number(process.env.BATCH_MS ?? 60_000)

describeWithS3('files in a bucket', () => {
  let bundles: Bundles
  beforeAll(async () => {
    bundles = await bundleAllDoors()
  }, 120_000)
  afterAll(() => bundles.remove())

  it(
    `become vectors, whatever happens to the workers (BATCH_SEED=${seed})`,
    async () => {
      const server = await startS3Server()
      const proof = await proveBatch(
        {
          seed,
          objects,
          mostRows,
          workers: 3,
          kinds: ['jsonl', 'txt'],
          folder: bundles.path(''),
          models: shippedFolder,
          mostMs,
        },
        server,
      )
      const { rows, faults, lost, duplicated, misordered, broken, milliseconds } = proof
      console.log(`${objects} objects, ${rows} rows, seed ${seed}, ${(milliseconds / 1000).toFixed(1)} s`)
      console.table(faults)
      expect({ lost, duplicated, misordered, broken }).toEqual({
        lost: [],
        duplicated: [],
        misordered: [],
        broken: [],
      })
      expect(await leastCosine(proof.vectors)).toBeGreaterThan(0.999)
    },
    mostMs + 60_000,
  )
})

/** How much the vectors of some rows differ from those of the same texts embedded on their own. */
async function leastCosine(vectors: readonly FoundVector[]): Promise<number> {
  const some = vectors.filter((_, index) => index % Math.ceil(vectors.length / 500) === 0)
  const engine = openEngine(settingsFor('', [join(shippedFolder)]))
  const inputs = some.map(({ text }) => text)
  const { vectors: alone } = await engine.embed(
    { model: 'jobs-static', inputs, options: {} },
    createContext(),
  )
  await engine.close()
  const cosines = some.map(({ values }, row) =>
    values.reduce((sum, value, column) => sum + value * alone.data[row * alone.columns + column]!, 0),
  )
  return Math.min(...cosines)
}
