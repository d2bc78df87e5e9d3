import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tellCounted } from '../../scripts/bench/counted.ts'
import { startS3Server } from '../../scripts/servers/s3-server.ts'
import { pythonWithMoto, type SqsServer, startSqsServer } from '../../scripts/servers/sqs-server.ts'
import { type Bundles, bundleAllDoors } from '../support/bundles.ts'
import { describeWithS3 } from '../support/describe-s3.ts'
import { shippedFolder } from '../support/shipped-model.ts'
import { proveFiles } from './prove.ts'
import { openWorkerStage } from './worker-stage.ts'

const seed = Number(process.env.BATCH_SEED ?? Math.floor(Math.random() * 1e9))
const objects = Number(process.env.BATCH_OBJECTS ?? 60)
const mostRows = Number(process.env.BATCH_ROWS ?? 2000)
const mostMs = Number(process.env.BATCH_MS ?? 900_000)

const python = pythonWithMoto()
const reason = 'needs moto, an SQS server of PyPI: run "node scripts/install-test-servers.mjs"'

/** Skipped aloud where there is no such server. */
function describeWithSqs(name: string, define: () => void): void {
  if (python) describe(name, define)
  else {
    console.warn(`SKIPPED: ${name} ${reason}`)
    describe.skip(`${name} (skipped: ${reason})`, define)
  }
}

const files = () => {
  let bundles: Bundles
  let sqs: SqsServer
  beforeAll(async () => {
    ;[bundles, sqs] = await Promise.all([bundleAllDoors(), startSqsServer(python!)])
  })
  afterAll(() => {
    bundles.remove()
    sqs.close()
  })

  it(
    `become vectors, whatever happens to the workers and between them and the queue (BATCH_SEED=${seed})`,
    async () => {
      const server = await startS3Server()
      const settings = {
        ...{ seed, objects, mostRows, mostMs, workers: 3, mostAttempts: 5 },
        ...{ folder: bundles.path(''), models: shippedFolder },
      }
      const stage = await openWorkerStage(settings, server, sqs)
      const proof = await proveFiles(settings, stage).finally(() => stage.close())
      const { rows, faults, lost, duplicated, misordered, broken, milliseconds } = proof
      console.log(`${objects} objects, seed ${seed}, ${(milliseconds / 1000).toFixed(1)} s`)
      tellCounted({
        what: `batch jobs of ${objects} files by three queue workers on SQS`,
        faults: Object.values(faults).reduce((sum, count) => sum + count, 0),
        things: 'rows',
        in: rows,
        out: proof.vectors.length,
        refused: rows - proof.vectors.length - lost.length + duplicated.length,
        lost: lost.length,
        doubled: duplicated.length,
        halfWritten: broken.length,
      })
      console.table(faults)
      // What a folder has instead says more than the rows that it lacks.
      expect({ broken, duplicated, misordered, lost: lost.slice(0, 10) }).toEqual({
        ...{ broken: [], duplicated: [], misordered: [], lost: [] },
      })
    },
    mostMs + 60_000,
  )
}

describeWithSqs('files of an SQS queue', () => describeWithS3('in a bucket of the S3 server', files))
