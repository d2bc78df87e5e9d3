import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createContext } from '../../../src/context.ts'
import { createLocalEngine } from '../../../src/models/local.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import { rowOf } from '../../../src/vector/matrix.ts'
import { enter, head, now, timed, timeMixed } from '../entrant.ts'
import type { Job, Sample } from '../protocol.ts'
import { recordRuns } from './recorder.ts'

/** This project's engine, bundled as the Lambda door is. */
enter(async (job): Promise<Sample> => {
  const engine = createLocalEngine({
    manifests: [job.manifest],
    stores: [createDirectoryStore(job.modelsFolder)],
    budgetBytes: 2 ** 30,
    threads: job.threads,
    tokenBudget: Number(process.env.BENCH_TOKEN_BUDGET ?? 512),
  })
  const embed = async (texts: readonly string[]) => {
    const { vectors } = await engine.embed(
      { model: job.manifest.id, inputs: texts, options: {} },
      createContext(),
    )
    return rowOf(vectors, vectors.rows - 1)
  }
  if (job.measure === 'first') {
    const values = head(await embed(job.texts.slice(0, 1)))
    return { firstVectorAt: now(), values, runtime: runtimeVersion() }
  }
  if (job.measure === 'mixed') return { ...(await timeMixed(job, embed)), runtime: runtimeVersion() }
  return { ...(await timeBeside(job, embed)), runtime: runtimeVersion() }
})

function runtimeVersion(): string {
  return createRequire(join(process.cwd(), 'package.json'))('onnxruntime-node/package.json').version
}

/** Calls the engine and the bare session turn about, on the same feeds. */
async function timeBeside(job: Job, embed: (texts: readonly string[]) => Promise<ArrayLike<number>>) {
  const runs = recordRuns()
  const text = [job.texts[0]!]
  let last: ArrayLike<number> = []
  for (let call = 0; call < 10; call++) last = await embed(text)
  const callsMs: number[] = []
  const bareMs: number[] = []
  for (let call = 0; call < job.repetitions; call++) {
    bareMs.push(await timed(runs.repeat))
    callsMs.push(
      await timed(async () => {
        last = await embed(text)
      }),
    )
  }
  return { callsMs, bareMs, values: head(last) }
}
