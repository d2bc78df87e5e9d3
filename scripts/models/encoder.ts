import type { OnnxModel } from '../../src/formats/onnx.ts'
import { addAttention, addAttentionContext } from './attention.ts'
import { addEmbeddings } from './embeddings.ts'
import { FAMILY_FACTS } from './families.ts'
import { createGraph, type GraphBuilder } from './graph.ts'
import { addGelu, addLinear, addNorm } from './layers.ts'
import { FLOAT32_OPERATORS, int8Operators, type Operators } from './quantize.ts'
import { type EncoderShape, type EncoderWeights, randomWeights } from './weights.ts'

/** An encoder to build. */
export interface EncoderOptions extends EncoderShape {
  /** `int8` is dynamic: see `int8Operators`. */
  readonly precision: 'float32' | 'int8'
  readonly seed: number
}

/**
 * A transformer encoder of random weights, in the standard operators of opset 14 that the usual exporter writes:
 * `input_ids`, `attention_mask` and, for BERT, `token_type_ids` to `last_hidden_state [batch, sequence, hidden]`, or to
 * `logits [batch, 1]` when the encoder scores.
 */
export function buildEncoder(options: EncoderOptions): { model: OnnxModel; weights: EncoderWeights } {
  const weights = randomWeights(options, options.seed)
  const facts = FAMILY_FACTS[options.family]
  const graph = createGraph()
  const operators = options.precision === 'int8' ? int8Operators() : FLOAT32_OPERATORS
  let hidden = addEmbeddings(graph, operators, options, weights)
  const context = addAttentionContext(graph, operators, options, facts, weights)
  weights.layers.forEach((layer, index) => {
    const { names, epsilon } = facts
    const path = `${names.layer}.${index}`
    const inner = graph.scope(`layer.${index}`)
    const linear = (part: 'widen' | 'narrow', input: string) =>
      addLinear(inner.scope(part), operators, `${path}.${names[part]}`, layer[part], input)
    const norm = (part: 'attentionNorm' | 'outputNorm', input: string) =>
      addNorm(inner.scope(part), `${path}.${names[part]}`, layer[part], epsilon, input)

    const attended = addAttention(
      inner.scope('attention'),
      operators,
      context,
      { weights: layer, path, names },
      hidden,
    )
    const middle = norm('attentionNorm', inner.add('Add', [attended, hidden]))
    const widened = addGelu(inner.scope('gelu'), linear('widen', middle))
    hidden = norm('outputNorm', inner.add('Add', [linear('narrow', widened), middle]))
  })
  if (!weights.head) return { model: wrap(options, graph, hidden, TOKEN_VECTORS), weights }
  const logits = addHead(graph.scope('head'), operators, weights.head, hidden)
  return { model: wrap(options, graph, logits, LOGITS), weights }
}

/** The output of a graph: its name, and the axes after the batch. */
interface Output {
  readonly name: string
  axes(options: EncoderOptions): (string | number)[]
}

const TOKEN_VECTORS: Output = { name: 'last_hidden_state', axes: ({ hidden }) => ['sequence', hidden] }
const LOGITS: Output = { name: 'logits', axes: () => [1] }

/** The pooler and classifier of a BERT for sequence classification with one label. */
function addHead(
  graph: GraphBuilder,
  operators: Operators,
  { pooler, classifier }: NonNullable<EncoderWeights['head']>,
  hidden: string,
): string {
  const first = graph.add('Gather', [hidden, graph.integers(0)], { axis: 1 })
  const dense = addLinear(graph.scope('pooler'), operators, 'bert.pooler.dense', pooler, first)
  return addLinear(graph.scope('classifier'), operators, 'classifier', classifier, graph.add('Tanh', [dense]))
}

function wrap(options: EncoderOptions, graph: GraphBuilder, outcome: string, output: Output): OnnxModel {
  const names = ['input_ids', 'attention_mask', ...(options.family === 'bert' ? ['token_type_ids'] : [])]
  return {
    name: `${options.family}-${options.precision}`,
    opset: 14,
    inputs: names.map((name) => ({ name, type: 'int64', shape: ['batch', 'sequence'] })),
    outputs: [{ name: output.name, type: 'float32', shape: ['batch', ...output.axes(options)] }],
    initializers: graph.initializers,
    nodes: [...graph.nodes, { operator: 'Identity', inputs: [outcome], outputs: [output.name] }],
  }
}
