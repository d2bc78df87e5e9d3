import type { GraphBuilder } from './graph.ts'
import type { Operators } from './quantize.ts'
import type { LinearWeights, NormWeights } from './weights.ts'

/** `x · weight + bias`. `name` is the map's name in a checkpoint, and the scope is its own. */
export function addLinear(
  graph: GraphBuilder,
  operators: Operators,
  name: string,
  linear: LinearWeights,
  input: string,
): string {
  const product = operators.multiply(graph, `${name}.weight`, linear, input)
  return graph.add('Add', [addVector(graph, `${name}.bias`, linear.bias), product])
}

/** Layer normalization over the last axis, in the nine operators that exports before opset 17 have. */
export function addNorm(
  graph: GraphBuilder,
  name: string,
  norm: NormWeights,
  epsilon: number,
  input: string,
): string {
  const last = { axes: [-1] }
  const centred = graph.add('Sub', [input, graph.add('ReduceMean', [input], last)])
  const squares = graph.add('Pow', [centred, graph.float(2)])
  const variance = graph.add('Add', [graph.add('ReduceMean', [squares], last), graph.float(epsilon)])
  const normalized = graph.add('Div', [centred, graph.add('Sqrt', [variance])])
  const scaled = graph.add('Mul', [normalized, addVector(graph, `${name}.weight`, norm.scale)])
  return graph.add('Add', [scaled, addVector(graph, `${name}.bias`, norm.shift)])
}

/** x · (1 + erf(x / √2)) · ½ */
export function addGelu(graph: GraphBuilder, input: string): string {
  const error = graph.add('Erf', [graph.add('Div', [input, graph.float(Math.SQRT2)])])
  const gate = graph.add('Add', [error, graph.float(1)])
  return graph.add('Mul', [graph.add('Mul', [input, gate]), graph.float(0.5)])
}

function addVector(graph: GraphBuilder, name: string, data: Float32Array): string {
  return graph.weight({ name, type: 'float32', shape: [data.length], data })
}
