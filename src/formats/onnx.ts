import { AppError } from '../errors.ts'
import { createMessageWriter, type MessageWriter } from './protobuf.ts'

/** Element types that the project's graphs and the usual exports have, with their numbers in TensorProto.DataType. */
export const ELEMENT_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const

/** One of the element types that the project's graphs use. */
export type OnnxType = keyof typeof ELEMENT_TYPES

/** A constant of a graph. */
export interface OnnxTensor {
  readonly name: string
  readonly type: OnnxType
  readonly shape: readonly number[]
  /** Row-major, little-endian in memory as on every supported machine; `bool` as bytes, `float16` as its bits. */
  readonly data: OnnxData
}

/** The numbers of a constant. */
export type OnnxData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint16Array
  | Int32Array
  | BigInt64Array

/** An input or output of a graph. A text in `shape` names a dimension that is known only at run time. */
export interface OnnxValue {
  readonly name: string
  readonly type: OnnxType
  readonly shape: readonly (number | string)[]
}

/** A value that an operator is configured with. Integers are told from floats by `Number.isInteger`; see {@link float}. */
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | OnnxTensor
  | { readonly float: number }
  | { readonly floats: readonly number[] }

/** One operator of a graph; nodes stand in the order in which they can be run. */
export interface OnnxNode {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly name?: string
  /** Empty for the standard operators; any other is one of the model's `domains`. */
  readonly domain?: string
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>
}

/** A graph with the operator sets and the version of the format that it is written in. */
export interface OnnxModel {
  /** Of the graph. */
  readonly name: string
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly initializers: readonly OnnxTensor[]
  readonly nodes: readonly OnnxNode[]
  /** Version of the standard operators. */
  readonly opset: number
  /** Versions of further sets of operators, by domain. */
  readonly domains?: Readonly<Record<string, number>>
  /** Version of the file format; 8 is read by every runtime since 2021. */
  readonly irVersion?: number
  readonly producer?: string
  readonly metadata?: Readonly<Record<string, string>>
}

/** A float attribute whose value may happen to be a whole number. */
export function float(value: number): { readonly float: number } {
  return { float: value }
}

/**
 * The model as the bytes of a `.onnx` file (onnx.proto3 of onnx/onnx, ModelProto). The same model gives the same
 * bytes. Tensors are copied once, into the result.
 *
 * @throws AppError `internal` for a tensor whose data does not fill its shape, or whose array is of another type
 */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const file = createMessageWriter()
  file.integer(1, model.irVersion ?? 8)
  file.text(2, model.producer ?? 'serverless-embeddings')
  file.message(7, (graph) => writeGraph(graph, model))
  for (const [domain, version] of Object.entries({ '': model.opset, ...model.domains })) {
    file.message(8, (opset) => {
      opset.text(1, domain)
      opset.integer(2, version)
    })
  }
  for (const [key, value] of Object.entries(model.metadata ?? {})) {
    file.message(14, (entry) => {
      entry.text(1, key)
      entry.text(2, value)
    })
  }
  return file.finish()
}

function writeGraph(graph: MessageWriter, { name, nodes, initializers, inputs, outputs }: OnnxModel): void {
  for (const node of nodes) graph.message(1, (message) => writeNode(message, node))
  graph.text(2, name)
  for (const tensor of initializers) graph.message(5, (message) => writeTensor(message, tensor))
  for (const value of inputs) graph.message(11, (message) => writeValue(message, value))
  for (const value of outputs) graph.message(12, (message) => writeValue(message, value))
}

function writeNode(message: MessageWriter, node: OnnxNode): void {
  for (const input of node.inputs) message.text(1, input)
  for (const output of node.outputs) message.text(2, output)
  if (node.name) message.text(3, node.name)
  message.text(4, node.operator)
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    message.message(5, (attribute) => writeAttribute(attribute, name, value))
  }
  if (node.domain) message.text(7, node.domain)
}

/** The numbers of the kinds of attributes, in onnx.proto3's AttributeProto.AttributeType. */
export const ATTRIBUTE = { float: 1, integer: 2, text: 3, tensor: 4, floats: 6, integers: 7 }

function writeAttribute(message: MessageWriter, name: string, value: OnnxAttribute): void {
  message.text(1, name)
  if (typeof value === 'string') {
    message.text(4, value)
    message.integer(20, ATTRIBUTE.text)
  } else if (typeof value === 'number' || 'float' in value) {
    writeNumber(message, value)
  } else if ('data' in value) {
    message.message(5, (tensor) => writeTensor(tensor, value))
    message.integer(20, ATTRIBUTE.tensor)
  } else if ('floats' in value || !value.every(Number.isInteger)) {
    for (const item of 'floats' in value ? value.floats : value) message.float(7, item)
    message.integer(20, ATTRIBUTE.floats)
  } else {
    for (const item of value) message.integer(8, item)
    message.integer(20, ATTRIBUTE.integers)
  }
}

function writeNumber(message: MessageWriter, value: number | { readonly float: number }): void {
  if (typeof value === 'number' && Number.isInteger(value)) {
    message.integer(3, value)
    message.integer(20, ATTRIBUTE.integer)
  } else {
    message.float(2, typeof value === 'number' ? value : value.float)
    message.integer(20, ATTRIBUTE.float)
  }
}

function writeTensor(message: MessageWriter, tensor: OnnxTensor): void {
  checkTensor(tensor)
  const { name, type, shape, data } = tensor
  for (const size of shape) message.integer(1, size)
  message.integer(2, ELEMENT_TYPES[type])
  message.text(8, name)
  message.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

/** Bytes of one element. */
export const ELEMENT_BYTES: Readonly<Record<OnnxType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  float64: 8,
}

/** A runtime that reads a tensor of the wrong size may say no more than that the file is damaged. */
function checkTensor({ name, type, shape, data }: OnnxTensor): void {
  const expected = shape.reduce((product, size) => product * size, ELEMENT_BYTES[type])
  if (data.byteLength === expected) return
  throw new AppError(
    'internal',
    `The tensor ${name} cannot be written: expected ${expected} bytes for ${type} [${shape.join(', ')}], got ${data.byteLength}; correct its shape or its data.`,
  )
}

function writeValue(message: MessageWriter, { name, type, shape }: OnnxValue): void {
  message.text(1, name)
  message.message(2, (valueType) => {
    valueType.message(1, (tensorType) => {
      tensorType.integer(1, ELEMENT_TYPES[type])
      tensorType.message(2, (shapeMessage) => {
        for (const size of shape) {
          shapeMessage.message(1, (dimension) => {
            if (typeof size === 'number') dimension.integer(1, size)
            else dimension.text(2, size)
          })
        }
      })
    })
  })
}
