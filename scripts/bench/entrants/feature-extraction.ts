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

/** Vectors of texts, one after the other, `columns` numbers each. */
type Extract = (texts: readonly string[]) => Promise<{ data: Float32Array; columns: number }>

/**
 * transformers.js as its documentation has it: the feature-extraction pipeline with pooling and normalization, on the
 * int8 graph of a local folder. It cuts at the `model_max_length` of tokenizer_config.json, which the bench sets to the
 * common maximum.
 */
export async function openPipeline(modelsFolder: string, model: string, threads: number): Promise<Extract> {
  const { env, pipeline }: Library = await import('@huggingface/transformers' as string)
  env.allowRemoteModels = false
  env.localModelPath = modelsFolder
  const extract = await pipeline('feature-extraction', model, {
    dtype: 'q8',
    device: 'cpu',
    session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
  })
  return async (texts) => {
    const { data, dims } = await extract(texts, { pooling: 'mean', normalize: true })
    return { data, columns: dims[dims.length - 1]! }
  }
}
