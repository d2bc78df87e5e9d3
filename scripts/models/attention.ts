import type { FamilyFacts, LayerNames } from './families.ts'
import type { GraphBuilder } from './graph.ts'
import { addLinear } from './layers.ts'
import type { Operators } from './quantize.ts'
import type { EncoderShape, EncoderWeights, LayerWeights } from './weights.ts'
import { DISTANCE_BUCKETS } from './weights.ts'

/** The smallest float32: after Softmax nothing is left of it. */
const SMALLEST = -3.4028234663852886e38

/** What all layers share: how padding is hidden, and the bias by distance where the family has one. */
export interface AttentionContext {
  readonly facts: FamilyFacts
  readonly shape: EncoderShape
  /** `[batch, 1, 1, sequence]`: numbers to add, or true where a score is to be replaced. */
  readonly mask: string
  /** `[1, heads, sequence, sequence]`. */
  readonly bias: string | undefined
}

/** Adds the values that all layers share. */
export function addAttentionContext(
  graph: GraphBuilder,
  operators: Operators,
  shape: EncoderShape,
  facts: FamilyFacts,
  weights: EncoderWeights,
): AttentionContext {
  const wide = graph.add('Unsqueeze', ['attention_mask', graph.integers([1, 2])])
  const mask =
    facts.mask === 'replaced'
      ? graph.add('Equal', [wide, graph.integers(0)])
      : graph.add('Mul', [
          graph.add('Sub', [graph.float(1), graph.add('Cast', [wide], { to: 1 })]),
          graph.float(SMALLEST),
        ])
  return { facts, shape, mask, bias: weights.relativeBias && addBias(graph, operators, weights.relativeBias) }
}

function addBias(graph: GraphBuilder, operators: Operators, table: EncoderWeights['words']): string {
  const inner = graph.scope('relative_attention_bias')
  const name = 'encoder.relative_attention_bias.weight'
  const bias = operators.lookUp(inner, name, table, addBuckets(inner))
  return inner.add('Unsqueeze', [inner.add('Transpose', [bias], { perm: [2, 0, 1] }), inner.integers([0])])
}

/**
 * `[sequence, sequence]`: the bucket of each distance. Half of the buckets are for tokens before, half for tokens
 * after; in each half the first 8 are for one distance each, and the others grow with its logarithm up to 128.
 */
function addBuckets(graph: GraphBuilder): string {
  const half = DISTANCE_BUCKETS / 2
  const exact = half / 2
  const length = graph.add('Gather', [graph.add('Shape', ['input_ids']), graph.integers(1)])
  const places = graph.add('Range', [graph.integers(0), length, graph.integers(1)])
  const column = graph.add('Unsqueeze', [places, graph.integers([1])])
  const row = graph.add('Unsqueeze', [places, graph.integers([0])])
  const ahead = graph.add('Neg', [graph.add('Sub', [row, column])])
  const isAfter = graph.add('Cast', [graph.add('Less', [ahead, graph.integers(0)])], { to: 7 })
  const side = graph.add('Mul', [isAfter, graph.integers(half)])
  const distance = graph.add('Abs', [ahead])
  const ratio = graph.add('Div', [graph.add('Cast', [distance], { to: 1 }), graph.float(exact)])
  const share = graph.add('Div', [graph.add('Log', [ratio]), graph.float(Math.log(128 / exact))])
  const steps = graph.add('Cast', [graph.add('Mul', [share, graph.float(half - exact)])], { to: 7 })
  const far = graph.add('Min', [graph.add('Add', [steps, graph.integers(exact)]), graph.integers(half - 1)])
  const near = graph.add('Less', [distance, graph.integers(exact)])
  return graph.add('Add', [side, graph.add('Where', [near, distance, far])])
}

/** Adds one layer's attention, its output map included. */
export function addAttention(
  graph: GraphBuilder,
  operators: Operators,
  context: AttentionContext,
  layer: { readonly weights: LayerWeights; readonly path: string; readonly names: LayerNames },
  input: string,
): string {
  const { heads, hidden } = context.shape
  const size = hidden / heads
  const { weights, path, names } = layer
  const split = (part: 'query' | 'key' | 'value', perm: number[]) => {
    const inner = graph.scope(part)
    const mapped = addLinear(inner, operators, `${path}.${names[part]}`, weights[part], input)
    return inner.add('Transpose', [inner.add('Reshape', [mapped, inner.integers([0, 0, heads, size])])], {
      perm,
    })
  }
  const shares = addShares(graph, context, split('query', [0, 2, 1, 3]), split('key', [0, 2, 3, 1]))
  const mixed = graph.add('MatMul', [shares, split('value', [0, 2, 1, 3])])
  const side = graph.add('Transpose', [mixed], { perm: [0, 2, 1, 3] })
  const joined = graph.add('Reshape', [side, graph.integers([0, 0, hidden])])
  return addLinear(graph.scope('output'), operators, `${path}.${names.attended}`, weights.attended, joined)
}

/** `[batch, heads, sequence, sequence]`: how much of each token every token takes. */
function addShares(
  graph: GraphBuilder,
  { facts, shape, mask, bias }: AttentionContext,
  query: string,
  key: string,
): string {
  const root = graph.float(Math.sqrt(shape.hidden / shape.heads))
  if (facts.mask === 'replaced') {
    const scores = graph.add('MatMul', [graph.add('Div', [query, root]), key])
    return graph.add('Softmax', [graph.add('Where', [mask, graph.float(SMALLEST), scores])], { axis: -1 })
  }
  const scores = graph.add('Div', [graph.add('MatMul', [query, key]), root])
  const biased = bias ? graph.add('Add', [scores, bias]) : scores
  return graph.add('Softmax', [graph.add('Add', [biased, mask])], { axis: -1 })
}
