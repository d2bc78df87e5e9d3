import { encodeOnnx, float, type OnnxNode, type OnnxTensor, type OnnxType } from '../../src/formats/onnx.ts'
import { seeded } from './random.ts'

const LAYERS = 6
const HEADS = 12
const INTERMEDIATE = 1536
const POSITIONS = 512
/** The graph's inputs, with the names of every BERT export. */
const INPUTS = ['input_ids', 'attention_mask', 'token_type_ids']

/** Columns of the vectors of a model from {@link miniLmShaped}. */
export const HIDDEN = 384

/** Collects a graph: each method adds what its name says and returns the name of the outcome. */
interface GraphBuilder {
  readonly nodes: OnnxNode[]
  readonly initializers: OnnxTensor[]
  add(operator: string, inputs: string[], attributes?: OnnxNode['attributes']): string
  constant(type: OnnxType, shape: number[], data: OnnxTensor['data']): string
  /** Random weights in int8, between -limit and limit once dequantized. */
  weights(shape: number[], limit: number): { values: string; scale: string; zero: string }
}

/**
 * The bytes of an int8 encoder of the shape of all-MiniLM-L6-v2 (6 layers, 384 columns, 12 heads), quantized
 * dynamically like its published export: weights in int8, activations quantized in each run, attention scores in
 * float32. Its weights are random, and so are its vectors; the speed does not depend on them.
 */
export function miniLmShaped(vocabularySize: number): Uint8Array {
  const graph = createBuilder()
  let hidden = addEmbeddings(graph, vocabularySize)
  const mask = addMask(graph)
  for (let layer = 0; layer < LAYERS; layer++) hidden = addLayer(graph, hidden, mask)
  graph.nodes.push({ operator: 'Identity', inputs: [hidden], outputs: ['last_hidden_state'] })
  return encodeOnnx({
    name: 'minilm-shaped',
    opset: 17,
    nodes: graph.nodes,
    initializers: graph.initializers,
    inputs: INPUTS.map((name) => ({ name, type: 'int64', shape: ['batch', 'sequence'] })),
    outputs: [{ name: 'last_hidden_state', type: 'float32', shape: ['batch', 'sequence', HIDDEN] }],
  })
}

function createBuilder(): GraphBuilder {
  const random = seeded(6)
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const constant: GraphBuilder['constant'] = (type, shape, data) => {
    const name = `constant_${initializers.length}`
    initializers.push({ name, type, shape, data })
    return name
  }
  return {
    nodes,
    initializers,
    constant,
    add(operator, inputs, attributes = {}) {
      const output = `value_${nodes.length}`
      const outputs =
        operator === 'DynamicQuantizeLinear' ? [output, `${output}_scale`, `${output}_zero`] : [output]
      nodes.push({ operator, inputs, outputs, attributes })
      return output
    },
    weights(shape, limit) {
      const data = new Int8Array(shape.reduce((product, size) => product * size, 1))
      for (let index = 0; index < data.length; index++) data[index] = Math.floor(random() * 255) - 127
      return {
        values: constant('int8', shape, data),
        scale: constant('float32', [], Float32Array.of(limit / 127)),
        zero: constant('int8', [], new Int8Array(1)),
      }
    },
  }
}

function addEmbeddings(graph: GraphBuilder, vocabularySize: number): string {
  const lookUp = (rows: number, indices: string) => {
    const { values, scale, zero } = graph.weights([rows, HIDDEN], 1)
    return graph.add('DequantizeLinear', [graph.add('Gather', [values, indices]), scale, zero])
  }
  const one = graph.constant('int64', [], BigInt64Array.of(1n))
  const zero = graph.constant('int64', [], BigInt64Array.of(0n))
  const length = graph.add('Gather', [graph.add('Shape', ['input_ids']), one])
  const positions = lookUp(POSITIONS, graph.add('Range', [zero, length, one]))
  const words = graph.add('Add', [lookUp(vocabularySize, 'input_ids'), lookUp(2, 'token_type_ids')])
  return addNormalization(graph, graph.add('Add', [words, positions]))
}

/** [batch, 1, 1, sequence]: 0 where there is a token, -10,000 in the padding. */
function addMask(graph: GraphBuilder): string {
  const axes = graph.constant('int64', [2], BigInt64Array.of(1n, 2n))
  const one = graph.constant('float32', [], Float32Array.of(1))
  const far = graph.constant('float32', [], Float32Array.of(-10_000))
  const kept = graph.add('Cast', [graph.add('Unsqueeze', ['attention_mask', axes])], { to: 1 })
  return graph.add('Mul', [graph.add('Sub', [one, kept]), far])
}

function addLayer(graph: GraphBuilder, hidden: string, mask: string): string {
  const attended = addLinear(graph, addAttention(graph, hidden, mask), HIDDEN, HIDDEN)
  const middle = addNormalization(graph, graph.add('Add', [attended, hidden]))
  const widened = addGelu(graph, addLinear(graph, middle, HIDDEN, INTERMEDIATE))
  const narrowed = addLinear(graph, widened, INTERMEDIATE, HIDDEN)
  return addNormalization(graph, graph.add('Add', [narrowed, middle]))
}

function addAttention(graph: GraphBuilder, hidden: string, mask: string): string {
  const split = graph.constant('int64', [4], BigInt64Array.of(0n, 0n, BigInt(HEADS), BigInt(HIDDEN / HEADS)))
  const heads = (perm: number[]) =>
    graph.add('Transpose', [graph.add('Reshape', [addLinear(graph, hidden, HIDDEN, HIDDEN), split])], {
      perm,
    })
  const query = heads([0, 2, 1, 3])
  const key = heads([0, 2, 3, 1])
  const value = heads([0, 2, 1, 3])
  const root = graph.constant('float32', [], Float32Array.of(Math.sqrt(HIDDEN / HEADS)))
  const scores = graph.add('Div', [graph.add('MatMul', [query, key]), root])
  const shares = graph.add('Softmax', [graph.add('Add', [scores, mask])], { axis: -1 })
  const mixed = graph.add('Transpose', [graph.add('MatMul', [shares, value])], { perm: [0, 2, 1, 3] })
  return graph.add('Reshape', [mixed, graph.constant('int64', [3], BigInt64Array.of(0n, 0n, BigInt(HIDDEN)))])
}

/** A linear map in int8: the input is quantized in the run, the product is scaled back to float32. */
function addLinear(graph: GraphBuilder, input: string, rows: number, columns: number): string {
  const { values, scale, zero } = graph.weights([rows, columns], 3 / Math.sqrt(rows))
  const quantized = graph.add('DynamicQuantizeLinear', [input])
  const product = graph.add('MatMulInteger', [quantized, values, `${quantized}_zero`, zero])
  const factor = graph.add('Mul', [`${quantized}_scale`, scale])
  const scaled = graph.add('Mul', [graph.add('Cast', [product], { to: 1 }), factor])
  return graph.add('Add', [scaled, graph.constant('float32', [columns], new Float32Array(columns))])
}

function addNormalization(graph: GraphBuilder, input: string): string {
  const scale = graph.constant('float32', [HIDDEN], new Float32Array(HIDDEN).fill(1))
  const shift = graph.constant('float32', [HIDDEN], new Float32Array(HIDDEN))
  return graph.add('LayerNormalization', [input, scale, shift], { axis: -1, epsilon: float(1e-12) })
}

/** x · (1 + erf(x / √2)) · ½ */
function addGelu(graph: GraphBuilder, input: string): string {
  const scalar = (value: number) => graph.constant('float32', [], Float32Array.of(value))
  const error = graph.add('Erf', [graph.add('Div', [input, scalar(Math.SQRT2)])])
  const gate = graph.add('Add', [error, scalar(1)])
  return graph.add('Mul', [graph.add('Mul', [input, gate]), scalar(0.5)])
}
