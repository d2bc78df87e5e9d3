import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { planBatches } from '../../../src/models/encode/batching.ts'
import { enter, head, now } from '../entrant.ts'
import type { Job, Sample } from '../protocol.ts'
import { runtimeVersion } from './runtime.ts'

/** The ONNX runtime alone: session runs over token ids that somebody else made, nothing pooled. */
enter(async (job): Promise<Sample> => {
  const session = await InferenceSession.create(join(job.modelsFolder, job.manifest.id, job.manifest.graph), {
    intraOpNumThreads: job.threads,
    interOpNumThreads: 1,
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 3,
  })
  const output = session.outputNames[0]!
  const run = async (feeds: Record<string, Tensor>) => {
    const { [output]: result } = await session.run(feeds, [output])
    return result!.data as Float32Array
  }
  if (job.measure === 'first') {
    const values = head(await run(feedsOf(session, job, [0])))
    return { firstVectorAt: now(), values, runtime: runtimeVersion() }
  }
  const batches = planBatches(
    job.ids.map((ids) => ids.length),
    job.batch,
  ).map((batch) => feedsOf(session, job, batch))
  await run(batches[batches.length - 1]!)
  const start = performance.now()
  let last: ArrayLike<number> = []
  for (const feeds of batches) last = await run(feeds)
  return { seconds: (performance.now() - start) / 1000, values: head(last), runtime: runtimeVersion() }
})

function feedsOf(session: InferenceSession, job: Job, batch: ArrayLike<number>): Record<string, Tensor> {
  const rows = batch.length
  const sequence = job.ids[batch[0]!]!.length
  const ids = new BigInt64Array(rows * sequence)
  const mask = new BigInt64Array(rows * sequence)
  for (let row = 0; row < rows; row++) {
    const source = job.ids[batch[row]!]!
    source.forEach((id, position) => {
      ids[row * sequence + position] = BigInt(id)
    })
    mask.fill(1n, row * sequence, row * sequence + source.length)
  }
  const inputs: Record<string, BigInt64Array> = {
    input_ids: ids,
    attention_mask: mask,
    token_type_ids: new BigInt64Array(ids.length),
  }
  const shape = [rows, sequence]
  return Object.fromEntries(
    session.inputNames.map((name) => [name, new Tensor('int64', inputs[name]!, shape)]),
  )
}
