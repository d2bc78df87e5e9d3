import { FAMILY_FACTS, type FamilyFacts } from './families.ts'
import type { GraphBuilder } from './graph.ts'
import { addNorm } from './layers.ts'
import type { Operators } from './quantize.ts'
import type { EncoderShape, EncoderWeights } from './weights.ts'

/** Adds what stands before the first layer: words, positions and token types, summed and normalized. */
export function addEmbeddings(
  graph: GraphBuilder,
  operators: Operators,
  shape: EncoderShape,
  weights: EncoderWeights,
): string {
  const facts = FAMILY_FACTS[shape.family]
  const inner = graph.scope('embeddings')
  const lookUp = (kind: 'word' | 'position' | 'token_type', table: EncoderWeights['words'], ids: string) => {
    const name = `${kind}_embeddings`
    return operators.lookUp(inner.scope(name), `embeddings.${name}.weight`, table, ids)
  }
  const words = lookUp('word', weights.words, 'input_ids')
  const places =
    facts.positions === 'places' ? addPlaces(inner, shape.positions) : addCountedPositions(inner, facts.padId)
  const positions = lookUp('position', weights.positions, places)
  const types = weights.types && lookUp('token_type', weights.types, addTypeIds(inner, facts))
  const typed = types ? inner.add('Add', [words, types]) : words
  const sum = inner.add('Add', [typed, positions])
  return addNorm(inner.scope('LayerNorm'), 'embeddings.LayerNorm', weights.norm, facts.epsilon, sum)
}

/** `[1, sequence]`: 0, 1, 2 … cut from a constant, as BERT keeps it. */
function addPlaces(graph: GraphBuilder, positions: number): string {
  const all = graph.weight({
    name: 'embeddings.position_ids',
    type: 'int64',
    shape: [1, positions],
    data: BigInt64Array.from({ length: positions }, (_, place) => BigInt(place)),
  })
  const length = graph.add('Gather', [graph.add('Shape', ['input_ids']), graph.integers([1])])
  return graph.add('Slice', [all, graph.integers([0]), length, graph.integers([1])])
}

/** `[batch, sequence]`: tokens are counted from `padId + 1` on, padding stays at `padId`. */
function addCountedPositions(graph: GraphBuilder, padId: number): string {
  const isToken = graph.add('Not', [graph.add('Equal', ['input_ids', graph.integers(padId)])])
  const mask = graph.add('Cast', [isToken], { to: 6 })
  const count = graph.add('CumSum', [mask, graph.integers(1)])
  const places = graph.add('Cast', [graph.add('Mul', [count, mask])], { to: 7 })
  return graph.add('Add', [places, graph.integers(padId)])
}

/** The ids that choose a row of the token type table: the input, or zeros where it has one row only. */
function addTypeIds(graph: GraphBuilder, { types }: FamilyFacts): string {
  if (types === 2) return 'token_type_ids'
  const zero = { name: '', type: 'int64', shape: [1], data: BigInt64Array.of(0n) } as const
  return graph.add('ConstantOfShape', [graph.add('Shape', ['input_ids'])], { value: zero })
}
