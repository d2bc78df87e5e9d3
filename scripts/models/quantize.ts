import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '../../src/errors.ts'
import { encodeOnnx, type OnnxModel, type OnnxNode, type OnnxTensor } from '../../src/formats/onnx.ts'
import { decodeOnnx } from '../onnx/reader.ts'
import { quantizeColumns, quantizeRows } from './quantize-weights.ts'

/** Tables and maps with fewer numbers stay as they are: they cost nothing. */
const LEAST_NUMBERS = 4096
/** TensorProto.DataType.FLOAT. */
const FLOAT = 1

/**
 * Writes the ONNX model at `from` to `to` with its weights in int8.
 *
 * @throws AppError `invalid_request` when there is nothing to quantize, and as `decodeOnnx` does
 */
export function quantizeFile(from: string, to: string): { readonly before: number; readonly after: number } {
  const file = readFileSync(from)
  const quantized = quantizeModel(decodeOnnx(file))
  const bytes = encodeOnnx(quantized)
  mkdirSync(dirname(to), { recursive: true })
  writeFileSync(to, bytes)
  return { before: file.length, after: bytes.length }
}

/**
 * Dynamic quantization, as onnxruntime's `quantize_dynamic` does it (a run takes 1.03 × the time of its graph): a
 * MatMul by a constant multiplies integers, its other input being quantized in each run; each column of the constant
 * has a scale of its own. A Gather of rows of a table reads int8, each row with a scale of its own.
 *
 * @throws AppError `invalid_request` when the model has no such operator
 */
export function quantizeModel(model: OnnxModel): OnnxModel {
  const weights = new Map(model.initializers.map((tensor) => [tensor.name, tensor]))
  const state: State = { weights, made: new Map(), activations: new Map() }
  const nodes = model.nodes.flatMap((node) => rewrite(node, state))
  if (state.made.size === 0) {
    throw new AppError(
      'invalid_request',
      'The model has no float32 weights to quantize; expected a float32 export of a text encoder.',
    )
  }
  const needed = new Set(nodes.flatMap(({ inputs }) => inputs))
  const kept = model.initializers.filter(({ name }) => needed.has(name))
  return { ...model, nodes, initializers: [...kept, ...[...state.made.values()].flat()] }
}

interface State {
  readonly weights: ReadonlyMap<string, OnnxTensor>
  /** Quantized forms, by the name of the weight. */
  readonly made: Map<string, readonly OnnxTensor[]>
  /** Inputs that are quantized already: an activation that several maps share is quantized once. */
  readonly activations: Map<string, readonly [values: string, scale: string, zeroPoint: string]>
}

function rewrite(node: OnnxNode, state: State): readonly OnnxNode[] {
  if (node.domain) return [node]
  if (node.operator === 'MatMul') {
    const weight = largeMatrix(node.inputs[1]!, state)
    if (weight) return quantizedMatMul(node, weight, state)
  }
  if (node.operator === 'Gather' && (node.attributes?.axis ?? 0) === 0) {
    const table = largeMatrix(node.inputs[0]!, state)
    if (table) return quantizedGather(node, table, state)
  }
  return [node]
}

type FloatMatrix = OnnxTensor & { readonly data: Float32Array }

function largeMatrix(name: string, { weights }: State): FloatMatrix | undefined {
  const tensor = weights.get(name)
  if (tensor?.shape.length !== 2 || !(tensor.data instanceof Float32Array)) return undefined
  return tensor.data.length >= LEAST_NUMBERS ? { ...tensor, data: tensor.data } : undefined
}

function quantizedMatMul({ inputs, outputs }: OnnxNode, weight: FloatMatrix, state: State): OnnxNode[] {
  const [input, output] = [inputs[0]!, outputs[0]!]
  const [values, scale] = remember(state, weight, 'columns', () => quantizeColumns(weight))
  const [nodes, quantized] = quantizedActivation(input, state)
  return [
    ...nodes,
    {
      operator: 'MatMulInteger',
      inputs: [quantized[0], values!, quantized[2]],
      outputs: [`${output}_sums`],
    },
    { operator: 'Cast', inputs: [`${output}_sums`], outputs: [`${output}_float`], attributes: { to: FLOAT } },
    { operator: 'Mul', inputs: [quantized[1], scale!], outputs: [`${output}_scale`] },
    { operator: 'Mul', inputs: [`${output}_float`, `${output}_scale`], outputs: [output] },
  ]
}

function quantizedActivation(input: string, { activations }: State) {
  const known = activations.get(input)
  if (known) return [[], known] as const
  const names = [`${input}_quantized`, `${input}_scale`, `${input}_zero_point`] as const
  activations.set(input, names)
  const node: OnnxNode = { operator: 'DynamicQuantizeLinear', inputs: [input], outputs: names }
  return [[node], names] as const
}

function quantizedGather({ inputs, outputs }: OnnxNode, table: FloatMatrix, state: State): OnnxNode[] {
  const [indices, output] = [inputs[1]!, outputs[0]!]
  const [values, scales] = remember(state, table, 'rows', () => quantizeRows(table))
  const attributes = { axis: 0 }
  return [
    { operator: 'Gather', inputs: [values!, indices], outputs: [`${output}_codes`], attributes },
    {
      operator: 'Cast',
      inputs: [`${output}_codes`],
      outputs: [`${output}_float`],
      attributes: { to: FLOAT },
    },
    { operator: 'Gather', inputs: [scales!, indices], outputs: [`${output}_scale`], attributes },
    { operator: 'Mul', inputs: [`${output}_float`, `${output}_scale`], outputs: [output] },
  ]
}

function remember(
  { made }: State,
  { name }: OnnxTensor,
  by: 'rows' | 'columns',
  make: () => readonly OnnxTensor[],
): readonly string[] {
  const key = `${name} by ${by}`
  const tensors = made.get(key) ?? make()
  made.set(key, tensors)
  return tensors.map((tensor) => tensor.name)
}
