import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { tellCounted } from '../../scripts/bench/counted.ts'
import { startS3Server } from '../../scripts/servers/s3-server.ts'
import { createContext } from '../../src/context.ts'
import { openEngine } from '../../src/models/engine/open.ts'
import { type Bundles, bundleAllDoors } from '../support/bundles.ts'
import { describeWithS3 } from '../support/describe-s3.ts'
import { describeWithClient } from '../support/lambda-client.ts'
import { settingsFor, shippedFolder } from '../support/shipped-model.ts'
import type { FoundVector } from './checker.ts'
import { proveBatch } from './prove.ts'
import { toRecord } from './queue.ts'
import { closeStage, openStage, type Stage } from './stage.ts'

const seed = Number(process.env.BATCH_SEED ?? Math.floor(Math.random() * 1e9))
const objects = Number(process.env.BATCH_OBJECTS ?? 200)
const mostRows = Number(process.env.BATCH_ROWS ?? 2000)
const mostMs = Number(process.env.BATCH_MS ?? 900_000)

const files = () => {
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
          // As it is deployed.
          mostAttempts: 5,
          folder: bundles.path(''),
          models: shippedFolder,
          mostMs,
        },
        server,
      )
      const { rows, faults, lost, duplicated, misordered, broken, milliseconds } = proof
      const injected = Object.values(faults).reduce((sum, count) => sum + count, 0)
      console.log(`${objects} objects, seed ${seed}, ${(milliseconds / 1000).toFixed(1)} s`)
      tellCounted({
        what: `batch jobs of ${objects} files by three workers`,
        faults: injected,
        things: 'rows',
        in: rows,
        out: proof.vectors.length,
        refused: rows - proof.vectors.length - lost.length + duplicated.length,
        lost: lost.length,
        doubled: duplicated.length,
        halfWritten: broken.length,
      })
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

  it('that kill their workers end in the dead-letter queue, with a record, until they are redriven', async () => {
    const stage = await openStage(
      {
        ...{
          seed,
          workers: 1,
          mostAttempts: 3,
          calm: true,
          mostMs,
          folder: bundles.path(''),
          models: shippedFolder,
        },
        queue: { visibilityMs: 200, maxReceiveCount: 7 },
      },
      await startS3Server(),
    )
    const endings = await killEveryWorker(stage)
    const { queue, bucket } = stage
    expect(endings).toEqual([...Array(3).fill('died'), 'answer', 'answer', 'answer', 'answer'])
    expect(queue.deadLetters).toHaveLength(1)
    expect(queue.releases).toBe(4)
    const [failed] = (await bucket.list('output/')).filter(({ key }) => key.endsWith('_FAILED.json'))
    expect(JSON.parse(await bucket.text(failed!.key))).toMatchObject({
      code: 'internal',
      message: expect.stringContaining('ended its worker 3 times in a row at the rows from line 1 on'),
    })
    await bucket.remove(failed!.key)
    queue.send(queue.deadLetters[0]!)
    const record = toRecord(queue.receive(() => 0)!, queue)
    const ending = await stage.environments[0]!.invoke(
      { Records: [record] },
      { toldMs: 60_000, realMs: 60_000 },
    )
    expect(ending).toEqual({ kind: 'answer', body: { batchItemFailures: [] } })
    expect((await bucket.list('output/')).map(({ key }) => key.split('/')[2])).toContain('_SUCCESS.json')
    await closeStage(stage)
  }, 300_000)
}

// Workers run on Lambda's own runtime client.
describeWithClient('files in a bucket', () => describeWithS3('of the S3 server', files))

/** A file whose worker dies while it is at the first shard, which takes it seconds, the first three times. */
async function killEveryWorker({ bucket, queue, environments: [environment], notifications }: Stage) {
  const line = `${'nurse for intensive care '.repeat(60)}\n`
  await bucket.put('input/poison.txt', Buffer.from(line.repeat(4000)))
  const endings: string[] = []
  const end = Date.now() + 150_000
  while (Date.now() < end && (notifications.count === 0 || queue.length > 0)) {
    const delivery = queue.receive(Math.random)
    if (!delivery) {
      await sleep(20)
      continue
    }
    const record = toRecord(delivery, queue)
    const before = await noteOf(bucket)
    const ending = environment!.invoke({ Records: [record] }, { toldMs: 60_000, realMs: 60_000 })
    if (delivery.receiveCount <= 3) {
      while ((await noteOf(bucket)) === before) await sleep(10)
      environment!.kill()
    }
    endings.push((await ending).kind)
  }
  return endings
}

/** The version of the note of a message, which a worker writes before it looks at the file. */
async function noteOf(bucket: Stage['bucket']): Promise<string | undefined> {
  return (await bucket.list('output/_messages/'))[0]?.etag
}

/** How much the vectors of some rows differ from those of the same texts embedded on their own. */
async function leastCosine(vectors: readonly FoundVector[]): Promise<number> {
  const some = vectors.filter((_, index) => index % Math.ceil(vectors.length / 500) === 0)
  const engine = openEngine(settingsFor('', [join(shippedFolder)]))
  const inputs = some.map(({ text }) => text)
  const { vectors: alone } = await engine.embed(
    { model: 'jobs-static-2', inputs, options: {} },
    createContext(),
  )
  await engine.close()
  const cosines = some.map(({ values }, row) =>
    values.reduce((sum, value, column) => sum + value * alone.data[row * alone.columns + column]!, 0),
  )
  return Math.min(...cosines)
}
