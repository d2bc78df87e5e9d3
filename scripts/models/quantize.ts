import type { Matrix } from '../../src/vector/matrix.ts'
import type { GraphBuilder } from './graph.ts'
import type { LinearWeights } from './weights.ts'

/**
 * Weights keep 7 of the 8 bits, like `reduce_range` of the usual quantizer: kernels of processors without VNNI add
 * two products of an activation (at most 255) and a weight in 16 bits, and 2 · 255 · 64 still fits. So a graph
 * gives the same sums on every processor.
 */
const LARGEST = 64

/** Values that stand for `values[i] * scale`. */
export interface Quantized {
  readonly values: Int8Array
  readonly scale: number
}

/** Rounds `data` to steps of one float32 scale, so that the largest value is ±64 steps. */
export function quantize(data: Float32Array): Quantized {
  let largest = 0
  for (const value of data) largest = Math.max(largest, Math.abs(value))
  const scale = Math.fround(largest / LARGEST) || 1
  const values = new Int8Array(data.length)
  for (let index = 0; index < data.length; index++) values[index] = Math.round(data[index]! / scale)
  return { values, scale }
}

/** How a graph looks up rows and multiplies by weights: the two places where the precisions differ. */
export interface Operators {
  /** Rows of a table, by the indices of an int64 value. */
  lookUp(graph: GraphBuilder, name: string, table: Matrix, indices: string): string
  /** `input · weight`, without the bias. */
  multiply(graph: GraphBuilder, name: string, linear: LinearWeights, input: string): string
}

/** Weights and arithmetic in float32. */
export const FLOAT32_OPERATORS: Operators = {
  lookUp: (graph, name, { data, rows, columns }, indices) =>
    graph.add('Gather', [graph.weight({ name, type: 'float32', shape: [rows, columns], data }), indices]),
  multiply: (graph, name, { weight: { data, rows, columns } }, input) =>
    graph.add('MatMul', [input, graph.weight({ name, type: 'float32', shape: [rows, columns], data })]),
}

/**
 * Weights in int8, each with one scale; activations quantized to uint8 in each run (DynamicQuantizeLinear), with
 * one scale for the whole tensor. An activation that several maps share is quantized once.
 */
export function int8Operators(): Operators {
  const activations = new Map<string, string[]>()
  const quantizeInput = (graph: GraphBuilder, input: string): string[] => {
    const known = activations.get(input)
    if (known) return known
    const outputs = graph.addMany('DynamicQuantizeLinear', [input], ['quantized', 'scale', 'zero_point'])
    activations.set(input, outputs)
    return outputs
  }
  return {
    lookUp(graph, name, table, indices) {
      const { values, scale, zeroPoint } = addWeight(graph, name, table)
      return graph.add('DequantizeLinear', [graph.add('Gather', [values, indices]), scale, zeroPoint])
    },
    multiply(graph, name, { weight }, input) {
      const [quantized, inputScale, inputZeroPoint] = quantizeInput(graph, input)
      const { values, scale, zeroPoint } = addWeight(graph, name, weight)
      const product = graph.add('MatMulInteger', [quantized!, values, inputZeroPoint!, zeroPoint])
      const scales = graph.add('Mul', [inputScale!, scale])
      return graph.add('Mul', [graph.add('Cast', [product], { to: 1 }), scales])
    },
  }
}

function addWeight(graph: GraphBuilder, name: string, { data, rows, columns }: Matrix) {
  const { values, scale } = quantize(data)
  return {
    values: graph.weight({ name: `${name}_quantized`, type: 'int8', shape: [rows, columns], data: values }),
    scale: graph.weight({ name: `${name}_scale`, type: 'float32', shape: [], data: Float32Array.of(scale) }),
    zeroPoint: graph.weight({ name: `${name}_zero_point`, type: 'int8', shape: [], data: Int8Array.of(0) }),
  }
}
