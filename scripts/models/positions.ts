import { FLOAT32, type GraphBuilder, INT64 } from './graph.ts'
import { type EncoderShape, RELATIVE_BUCKETS, RELATIVE_DISTANCE } from './shape.ts'

/** The positions of the tokens, `[sequence]` or `[batch, sequence]`, as the family counts them. */
export function addPositions(graph: GraphBuilder, { family, padId }: EncoderShape): string {
  return family === 'bert' || family === 'distilbert' ? addRange(graph) : addCountedPositions(graph, padId)
}

/** 0, 1, 2 … */
function addRange(graph: GraphBuilder): string {
  const length = graph.add('Gather', [graph.add('Shape', ['input_ids']), graph.integer(1)])
  return graph.add('Range', [graph.integer(0), length, graph.integer(1)])
}

/** Tokens count from `padId + 1`, and padding is `padId`: whoever pads with another id moves nothing by chance. */
function addCountedPositions(graph: GraphBuilder, padId: number): string {
  const padding = graph.add('Equal', ['input_ids', graph.integer(padId)])
  const tokens = graph.add('Cast', [graph.add('Not', [padding])], { to: INT64 })
  const counted = graph.add('Mul', [graph.add('CumSum', [tokens, graph.integer(1)]), tokens])
  return graph.add('Add', [counted, graph.integer(padId)])
}

/**
 * MPNet's bias by relative position, `[1, heads, sequence, sequence]`: distances fall into buckets, exact ones
 * near by and logarithmic ones further off, another half for what comes after (T5, Raffel et al. 2020).
 */
export function addRelativeBias(graph: GraphBuilder, table: string): string {
  const range = addRange(graph)
  const columns = graph.add('Unsqueeze', [range, graph.integers(0)])
  const rows = graph.add('Unsqueeze', [range, graph.integers(1)])
  const behind = graph.add('Sub', [rows, columns])
  const after = graph.add('Cast', [graph.add('Less', [behind, graph.integer(0)])], { to: INT64 })
  const distance = graph.add('Abs', [behind])
  const half = RELATIVE_BUCKETS / 2
  const exact = half / 2

  const floats = graph.add('Cast', [graph.add('Max', [distance, graph.integer(1)])], { to: FLOAT32 })
  const logarithm = graph.add('Log', [graph.add('Div', [floats, graph.float(exact)])])
  const share = graph.add('Div', [logarithm, graph.float(Math.log(RELATIVE_DISTANCE / exact))])
  const steps = graph.add('Cast', [graph.add('Mul', [share, graph.float(half - exact)])], { to: INT64 })
  const far = graph.add('Min', [graph.add('Add', [steps, graph.integer(exact)]), graph.integer(half - 1)])
  const near = graph.add('Less', [distance, graph.integer(exact)])
  const bucket = graph.add('Where', [near, distance, far])
  const buckets = graph.add('Add', [bucket, graph.add('Mul', [after, graph.integer(half)])])

  const bias = graph.add('Transpose', [graph.add('Gather', [table, buckets])], { perm: [2, 0, 1] })
  return graph.add('Unsqueeze', [bias, graph.integers(0)])
}
