import { createRequire } from 'node:module'
import { enter, head, now, timeMixed, timeWarm } from '../entrant.ts'
import type { Sample } from '../protocol.ts'
import { openPipeline } from './feature-extraction.ts'

/** transformers.js, called with texts. */
enter(async (job): Promise<Sample> => {
  const extract = await openPipeline(job.modelsFolder, job.manifest.id, job.threads)
  const embed = async (texts: readonly string[]) => {
    const { data, columns } = await extract(texts)
    return data.subarray(data.length - columns)
  }
  if (job.measure === 'first') {
    const values = head(await embed(job.texts.slice(0, 1)))
    return { firstVectorAt: now(), values, runtime: runtimeVersion() }
  }
  const time = job.measure === 'mixed' ? timeMixed : timeWarm
  return { ...(await time(job, embed)), runtime: runtimeVersion() }
})

function runtimeVersion(): string {
  return createRequire(import.meta.url)('onnxruntime-node/package.json').version
}
