import { threadOptions } from './idle-threads.ts'
import { importRuntime } from './onnx-runtime.ts'

/** Numbers of a graph's input or output, uncopied. */
interface GraphTensor {
  readonly type: 'float32' | 'uint8' | 'int8' | 'int64'
  readonly data: Float32Array | Uint8Array | Int8Array | BigInt64Array
  readonly shape: readonly number[]
}

/** A loaded graph of any kind. Its native memory stays until `release`. */
export interface PlainGraph {
  /** The data of every output, by name. */
  run(inputs: Readonly<Record<string, GraphTensor>>): Promise<Readonly<Record<string, ArrayLike<unknown>>>>
  release(): Promise<void>
}

/** Loads a small graph that was written here. */
export async function openPlainGraph(model: Uint8Array, threads: number): Promise<PlainGraph> {
  const { InferenceSession, Tensor } = await importRuntime()
  const session = await InferenceSession.create(model, {
    ...threadOptions(threads),
    logSeverityLevel: 3,
  })
  return {
    async run(inputs) {
      const feeds = Object.entries(inputs).map(
        ([name, { type, data, shape }]) => [name, new Tensor(type, data, shape)] as const,
      )
      const results = await session.run(Object.fromEntries(feeds))
      return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data]))
    },
    release: () => session.release(),
  }
}
