import type { OnnxNode, OnnxTensor, OnnxType } from '../../src/formats/onnx.ts'

/** The number of float32 in TensorProto.DataType. */
export const FLOAT32 = 1
/** The number of int64. */
export const INT64 = 7

/** Collects a graph node by node; each method returns the name of its outcome. */
export interface GraphBuilder {
  readonly nodes: OnnxNode[]
  readonly initializers: OnnxTensor[]
  add(operator: string, inputs: string[], attributes?: OnnxNode['attributes']): string
  /** A node with several outcomes. */
  addMany(operator: string, inputs: string[], outputs: number): string[]
  constant(type: OnnxType, shape: readonly number[], data: OnnxTensor['data']): string
  float(value: number): string
  integers(...values: number[]): string
  integer(value: number): string
}

/** An empty graph. Names are numbered, so that the same calls give the same bytes. */
export function createGraphBuilder(): GraphBuilder {
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  let values = 0
  const builder: GraphBuilder = {
    nodes,
    initializers,
    add(operator, inputs, attributes) {
      const output = `value_${values++}`
      nodes.push({ operator, inputs, outputs: [output], ...(attributes && { attributes }) })
      return output
    },
    addMany(operator, inputs, count) {
      const outputs = Array.from({ length: count }, () => `value_${values++}`)
      nodes.push({ operator, inputs, outputs })
      return outputs
    },
    constant(type, shape, data) {
      const name = `constant_${initializers.length}`
      initializers.push({ name, type, shape, data })
      return name
    },
    float: (value) => builder.constant('float32', [], Float32Array.of(value)),
    integer: (value) => builder.constant('int64', [], BigInt64Array.of(BigInt(value))),
    integers: (...list) => builder.constant('int64', [list.length], BigInt64Array.from(list.map(BigInt))),
  }
  return builder
}
