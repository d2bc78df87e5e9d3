import { importRuntime } from '../../src/models/runtime/onnx-runtime.ts'
import { inputFiller } from '../../src/models/runtime/session.ts'

/**
 * Saves at `target` what the runtime makes of the graph at `path`: constants folded, operators fused, nothing that
 * depends on a processor: layouts of weights, which do, are made when the graph is loaded. The file is the same on
 * every x64 processor, from Nehalem (2008) to those with AVX-512. Made on arm64, a graph with quantized activations
 * may lack conversions from int8 to uint8, which x64 prefers and which change no value.
 */
export async function saveOptimizedGraph(path: string, target: string): Promise<void> {
  const { InferenceSession } = await importRuntime()
  const session = await InferenceSession.create(path, {
    graphOptimizationLevel: 'extended',
    optimizedModelFilePath: target,
    logSeverityLevel: 3,
  })
  await session.release()
}

/** The first output of the graph at `path` for two short rows of the smallest ids, to compare graphs by. */
export async function probeGraph(path: string, model: string, optimized: boolean): Promise<Float32Array> {
  const { InferenceSession, Tensor } = await importRuntime()
  const graphOptimizationLevel = optimized ? 'disabled' : 'all'
  const session = await InferenceSession.create(path, { graphOptimizationLevel, logSeverityLevel: 3 })
  try {
    const lengths = Int32Array.of(8, 5)
    const batch = { ids: Int32Array.from({ length: 16 }, (_, index) => index % 4), lengths, sequence: 8 }
    const inputs = session.inputNames.map((name) => {
      const values = inputFiller(name, model)({ ...batch, typeIds: undefined })
      return [name, new Tensor('int64', values, [2, 8])] as const
    })
    const { data } = (await session.run(Object.fromEntries(inputs)))[session.outputNames[0]!]!
    return data instanceof Float32Array ? data : new Float32Array()
  } finally {
    await session.release()
  }
}
