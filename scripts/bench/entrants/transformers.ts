import { createRequire } from 'node:module'
import { enter, head, now, timeMixed, timeWarm } from '../entrant.ts'
import type { Sample } from '../protocol.ts'

/** What is used here of `@huggingface/transformers`, which is installed on first use and not a dependency. */
interface Library {
  readonly env: { allowRemoteModels: boolean; localModelPath: string; useBrowserCache: boolean }
  pipeline(
    task: 'feature-extraction',
    model: string,
    options: Record<string, unknown>,
  ): Promise<
    (
      texts: readonly string[],
      options: { pooling: string; normalize: boolean },
    ) => Promise<{ data: Float32Array; dims: number[] }>
  >
}

/**
 * transformers.js as its documentation has it: the feature-extraction pipeline with pooling and normalization.
 * It cuts at the `model_max_length` of tokenizer_config.json, which the bench sets to the common maximum.
 */
enter(async (job): Promise<Sample> => {
  const { env, pipeline }: Library = await import('@huggingface/transformers' as string)
  env.allowRemoteModels = false
  env.localModelPath = job.modelsFolder
  const extract = await pipeline('feature-extraction', job.manifest.id, {
    dtype: 'q8',
    device: 'cpu',
    session_options: { intraOpNumThreads: job.threads, interOpNumThreads: 1 },
  })
  const embed = async (texts: readonly string[]) => {
    const { data, dims } = await extract(texts, { pooling: 'mean', normalize: true })
    return data.subarray(data.length - dims[dims.length - 1]!)
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
