import { createRequire } from 'node:module'
import { join } from 'node:path'
import { enter, head, now, timeMixed, timeWarm } from '../entrant.ts'
import type { Sample } from '../protocol.ts'

/** What is used here of `fastembed`, which is installed on first use and not a dependency. */
interface Library {
  readonly FlagEmbedding: {
    init(options: {
      model: 'custom'
      modelAbsoluteDirPath: string
      modelName: string
      maxLength: number
    }): Promise<{ embed(texts: string[], batchSize: number): AsyncIterable<Float32Array[]> }>
  }
}

interface Runtime {
  readonly InferenceSession: {
    create(path: string, options: Record<string, unknown>): Promise<unknown>
  }
}

/**
 * fastembed-js with its own way to a local model (`custom`: a folder and the graph's name in it). It offers no
 * thread count, so its own runtime's `create` is given one; it takes the CLS vector whatever the model says.
 */
enter(async (job): Promise<Sample> => {
  const require = createRequire(createRequire(import.meta.url).resolve('fastembed'))
  const { InferenceSession }: Runtime = require('onnxruntime-node')
  const create = InferenceSession.create.bind(InferenceSession)
  InferenceSession.create = (path, options) =>
    create(path, { ...options, intraOpNumThreads: job.threads, interOpNumThreads: 1 })
  const { FlagEmbedding }: Library = await import('fastembed' as string)
  const model = await FlagEmbedding.init({
    model: 'custom',
    modelAbsoluteDirPath: join(job.modelsFolder, job.manifest.id),
    modelName: job.manifest.graph,
    maxLength: job.manifest.maxTokens,
  })
  const embed = async (texts: string[]) => {
    let last: ArrayLike<number> = []
    for await (const vectors of model.embed(texts, job.batch)) last = vectors[vectors.length - 1]!
    return last
  }
  const runtime: string = require('onnxruntime-node/package.json').version
  if (job.measure === 'first') {
    const values = head(await embed(job.texts.slice(0, 1)))
    return { firstVectorAt: now(), values, runtime }
  }
  const time = job.measure === 'mixed' ? timeMixed : timeWarm
  return { ...(await time(job, embed)), runtime }
})
