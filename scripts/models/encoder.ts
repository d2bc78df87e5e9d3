import type { OnnxModel } from '../../src/formats/onnx.ts'
import { createGraphBuilder, FLOAT32, type GraphBuilder } from './graph.ts'
import { addPositions, addRelativeBias } from './positions.ts'
import { type EncoderShape, EPSILON, quantizeWeight, type Weights } from './shape.ts'

/** Everything that the parts of a graph are built from. */
interface Parts {
  readonly graph: GraphBuilder
  readonly shape: EncoderShape
  readonly weights: Weights
  readonly int8: boolean
  /** Activations that were quantized before: three linear maps share one input. */
  readonly quantized: Map<string, readonly string[]>
}

/** The least float32: what is hidden from attention. */
const HIDDEN_SCORE = -3.4028234663852886e38

/**
 * An encoder as the usual exporter writes it: `input_ids`, `attention_mask` (and `token_type_ids` for BERT) →
 * `last_hidden_state`. In int8, tables and linear maps are bytes and activations are quantized in each run
 * (`DynamicQuantizeLinear`, `MatMulInteger`), as onnxruntime's dynamic quantization does it.
 */
export function buildEncoder(
  shape: EncoderShape,
  weights: Weights,
  precision: 'float32' | 'int8',
): OnnxModel {
  const graph = createGraphBuilder()
  const parts: Parts = { graph, shape, weights, int8: precision === 'int8', quantized: new Map() }
  const mask = addMask(parts)
  let hidden = addEmbeddings(parts)
  for (let layer = 0; layer < shape.layers; layer++) hidden = addLayer(parts, hidden, mask, `layer.${layer}`)
  graph.nodes.push({ operator: 'Identity', inputs: [hidden], outputs: ['last_hidden_state'] })
  const inputs = ['input_ids', 'attention_mask', ...(shape.family === 'bert' ? ['token_type_ids'] : [])]
  return {
    name: `${shape.family}-${precision}`,
    opset: 17,
    nodes: graph.nodes,
    initializers: graph.initializers,
    inputs: inputs.map((name) => ({ name, type: 'int64', shape: ['batch', 'sequence'] })),
    outputs: [{ name: 'last_hidden_state', type: 'float32', shape: ['batch', 'sequence', shape.hidden] }],
  }
}

function constant({ graph, weights }: Parts, name: string): string {
  const { shape, data } = weights.get(name)!
  return graph.constant('float32', shape, data)
}

/** What is added to attention scores, [batch, 1, 1, sequence] or more: nothing for tokens, all but -∞ for padding. */
function addMask(parts: Parts): string {
  const { graph, shape } = parts
  const mask = graph.add('Unsqueeze', ['attention_mask', graph.integers(1, 2)])
  const kept = graph.add('Cast', [mask], { to: FLOAT32 })
  const hidden = graph.add('Mul', [graph.add('Sub', [graph.float(1), kept]), graph.float(HIDDEN_SCORE)])
  if (shape.family !== 'mpnet') return hidden
  return graph.add('Add', [hidden, addRelativeBias(graph, constant(parts, 'relative'))])
}

function addEmbeddings(parts: Parts): string {
  const { graph, shape } = parts
  const word = addLookUp(parts, 'word', 'input_ids')
  const position = addLookUp(parts, 'position', addPositions(graph, shape))
  const sum = graph.add('Add', [word, position])
  if (shape.family === 'bert') {
    const typed = graph.add('Add', [sum, addLookUp(parts, 'type', 'token_type_ids')])
    return addNormalization(parts, typed, 'embedding')
  }
  const typed = shape.family === 'roberta' ? graph.add('Add', [sum, constant(parts, 'type')]) : sum
  return addNormalization(parts, typed, 'embedding')
}

function addLookUp(parts: Parts, name: string, indices: string): string {
  const { graph, weights, int8 } = parts
  if (!int8) return graph.add('Gather', [constant(parts, name), indices])
  const { shape, codes, scale } = quantizeWeight(weights.get(name)!)
  const rows = graph.add('Gather', [graph.constant('int8', shape, codes), indices])
  return graph.add('DequantizeLinear', [
    rows,
    graph.float(scale),
    graph.constant('int8', [], Int8Array.of(0)),
  ])
}

function addLayer(parts: Parts, hidden: string, mask: string, layer: string): string {
  const { graph } = parts
  const attended = addLinear(parts, addAttention(parts, hidden, mask, layer), `${layer}.output`)
  const middle = addNormalization(parts, graph.add('Add', [attended, hidden]), `${layer}.attended`)
  const widened = addGelu(graph, addLinear(parts, middle, `${layer}.widen`))
  const narrowed = addLinear(parts, widened, `${layer}.narrow`)
  return addNormalization(parts, graph.add('Add', [narrowed, middle]), `${layer}.done`)
}

function addAttention(parts: Parts, hidden: string, mask: string, layer: string): string {
  const { graph, shape } = parts
  const width = shape.hidden / shape.heads
  const split = graph.integers(0, 0, shape.heads, width)
  const heads = (name: string, perm: number[]) => {
    const reshaped = graph.add('Reshape', [addLinear(parts, hidden, `${layer}.${name}`), split])
    return graph.add('Transpose', [reshaped], { perm })
  }
  const query = heads('query', [0, 2, 1, 3])
  const key = heads('key', [0, 2, 3, 1])
  const value = heads('value', [0, 2, 1, 3])
  const products = addScores(parts, query, key, graph.float(Math.sqrt(width)))
  const shares = graph.add('Softmax', [graph.add('Add', [products, mask])], { axis: -1 })
  const mixed = graph.add('Transpose', [graph.add('MatMul', [shares, value])], { perm: [0, 2, 1, 3] })
  return graph.add('Reshape', [mixed, graph.integers(0, 0, shape.hidden)])
}

/** DistilBERT divides the query, the others the product. */
function addScores({ graph, shape }: Parts, query: string, key: string, root: string): string {
  if (shape.family === 'distilbert') return graph.add('MatMul', [graph.add('Div', [query, root]), key])
  return graph.add('Div', [graph.add('MatMul', [query, key]), root])
}

function addLinear(parts: Parts, input: string, name: string): string {
  const { graph, int8 } = parts
  const product = int8
    ? addQuantizedProduct(parts, input, name)
    : graph.add('MatMul', [input, constant(parts, name)])
  return graph.add('Add', [product, constant(parts, `${name}.bias`)])
}

function addQuantizedProduct({ graph, weights, quantized }: Parts, input: string, name: string): string {
  const { shape, codes, scale } = quantizeWeight(weights.get(name)!)
  const activations = quantized.get(input) ?? graph.addMany('DynamicQuantizeLinear', [input], 3)
  quantized.set(input, activations)
  const [values, inputScale, zero] = activations as [string, string, string]
  const table = graph.constant('int8', shape, codes)
  const product = graph.add('MatMulInteger', [
    values,
    table,
    zero,
    graph.constant('int8', [], Int8Array.of(0)),
  ])
  const factor = graph.add('Mul', [inputScale, graph.float(scale)])
  return graph.add('Mul', [graph.add('Cast', [product], { to: FLOAT32 }), factor])
}

/** Layer normalization in single steps, as exporters write it. */
function addNormalization(parts: Parts, input: string, name: string): string {
  const { graph, shape } = parts
  const mean = (value: string) => graph.add('ReduceMean', [value], { axes: [-1] })
  const centered = graph.add('Sub', [input, mean(input)])
  const variance = mean(graph.add('Pow', [centered, graph.float(2)]))
  const deviation = graph.add('Sqrt', [graph.add('Add', [variance, graph.float(EPSILON[shape.family])])])
  const scaled = graph.add('Mul', [graph.add('Div', [centered, deviation]), constant(parts, `${name}.scale`)])
  return graph.add('Add', [scaled, constant(parts, `${name}.shift`)])
}

/** x · (1 + erf(x / √2)) · ½ */
function addGelu(graph: GraphBuilder, input: string): string {
  const error = graph.add('Erf', [graph.add('Div', [input, graph.float(Math.SQRT2)])])
  const gate = graph.add('Mul', [input, graph.add('Add', [error, graph.float(1)])])
  return graph.add('Mul', [gate, graph.float(0.5)])
}
