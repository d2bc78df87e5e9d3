import { AppError } from '../../src/errors.ts'
import {
  ATTRIBUTE,
  ELEMENT_BYTES,
  ELEMENT_TYPES,
  type OnnxAttribute,
  type OnnxData,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxType,
  type OnnxValue,
} from '../../src/formats/onnx.ts'
import { fieldsOf, type WireField } from './protobuf-fields.ts'

/**
 * The model in the bytes of a `.onnx` file (onnx.proto3 of onnx/onnx, ModelProto), as `encodeOnnx` takes it. Notes
 * that no runtime needs (documentation, shapes of inner values) are left out.
 *
 * onnx-proto 8 would replace the 54 lines of `protobuf-fields.ts`, not what is read from the fields: it and protobufjs 6
 * are 16 MB to install and 123 kB in a bundle, this is 5.6 kB. A graph of 23 MB takes 36 ms with it and 108 here, once
 * for each model that is quantized.
 *
 * @throws AppError `artifact_corrupt` when the bytes are no ONNX model; `invalid_request` for a model with weights in
 * other files, control flow, functions of its own or an element type beyond {@link OnnxType}
 */
export function decodeOnnx(bytes: Uint8Array): OnnxModel {
  try {
    return readModel(bytes)
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError(
      'artifact_corrupt',
      'The file is no ONNX model; expected a .onnx file as exporters write it.',
      {
        cause,
      },
    )
  }
}

function readModel(bytes: Uint8Array): OnnxModel {
  const fields = groupFields(bytes)
  const [graph] = fields.messages(7)
  if (!graph) throw new RangeError('The model has no graph.')
  if (fields.messages(25).length > 0) throw unsupported('defines functions of its own')
  const versions = Object.fromEntries(
    fields.messages(8).map((opset) => [groupFields(opset).text(1), groupFields(opset).integer(2)]),
  )
  const { '': standard = 1, 'ai.onnx': named = standard, ...domains } = versions
  const metadata = fields
    .messages(14)
    .map((entry) => [groupFields(entry).text(1), groupFields(entry).text(2)])
  return {
    ...readGraph(graph),
    opset: named,
    ...(Object.keys(domains).length > 0 && { domains }),
    irVersion: fields.integer(1),
    producer: fields.text(2),
    ...(metadata.length > 0 && { metadata: Object.fromEntries(metadata) }),
  }
}

function readGraph(
  bytes: Uint8Array,
): Pick<OnnxModel, 'name' | 'nodes' | 'initializers' | 'inputs' | 'outputs'> {
  const fields = groupFields(bytes)
  if (fields.messages(15).length > 0) throw unsupported('has sparse weights')
  const initializers = fields.messages(5).map(readTensor)
  const weights = new Set(initializers.map(({ name }) => name))
  return {
    name: fields.text(2),
    nodes: fields.messages(1).map(readNode),
    initializers,
    // Old exporters list weights among the inputs.
    inputs: fields
      .messages(11)
      .map(readValue)
      .filter(({ name }) => !weights.has(name)),
    outputs: fields.messages(12).map(readValue),
  }
}

function readNode(bytes: Uint8Array): OnnxNode {
  const fields = groupFields(bytes)
  const attributes = fields.messages(5).map(readAttribute)
  const [name, domain] = [fields.text(3), fields.text(7)]
  return {
    operator: fields.text(4),
    inputs: fields.messages(1).map(toText),
    outputs: fields.messages(2).map(toText),
    ...(name && { name }),
    ...(domain && { domain }),
    ...(attributes.length > 0 && { attributes: Object.fromEntries(attributes) }),
  }
}

function readAttribute(bytes: Uint8Array): [name: string, value: OnnxAttribute] {
  const fields = groupFields(bytes)
  const name = fields.text(1)
  switch (fields.integer(20)) {
    case ATTRIBUTE.float:
      return [name, { float: fields.floats(2)[0] ?? 0 }]
    case ATTRIBUTE.integer:
      return [name, fields.integer(3)]
    case ATTRIBUTE.text:
      return [name, fields.text(4)]
    case ATTRIBUTE.tensor:
      return [name, readTensor(fields.messages(5)[0]!)]
    case ATTRIBUTE.floats:
      return [name, { floats: fields.floats(7) }]
    case ATTRIBUTE.integers:
      return [name, fields.integers(8).map(Number)]
    default:
      throw unsupported(
        `has an attribute ${name} of a kind that encoders do not have, such as a graph of its own`,
      )
  }
}

const TYPE_NAMES = new Map<number, OnnxType>(
  (Object.keys(ELEMENT_TYPES) as OnnxType[]).map((name) => [ELEMENT_TYPES[name], name]),
)

function typeOf(number: number, owner: string): OnnxType {
  const type = TYPE_NAMES.get(number)
  if (type) return type
  throw unsupported(`has ${owner} of element type ${number}`)
}

function readTensor(bytes: Uint8Array): OnnxTensor {
  const fields = groupFields(bytes)
  const name = fields.text(8)
  if (fields.integer(14) === 1) throw unsupported(`keeps the weight ${name} in another file`)
  const type = typeOf(fields.integer(2), `a tensor ${name}`)
  const shape = fields.integers(1).map(Number)
  const [raw] = fields.messages(9)
  return { name, type, shape, data: raw ? toData(type, raw) : listedData(fields, type) }
}

/** Numbers in fields of their own, as some exporters write small constants. */
function listedData(fields: Fields, type: OnnxType): OnnxData {
  if (type === 'float32') return Float32Array.from(fields.floats(4))
  if (type === 'float64') return Float64Array.from(fields.doubles(10))
  if (type === 'int64') return BigInt64Array.from(fields.integers(7))
  const integers = fields.integers(5).map(Number)
  if (type === 'int32') return Int32Array.from(integers)
  if (type === 'float16') return Uint16Array.from(integers)
  return type === 'int8' ? Int8Array.from(integers) : Uint8Array.from(integers)
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
} as const

/** A copy: where a tensor begins in its file no number need begin. */
function toData(type: OnnxType, raw: Uint8Array): OnnxData {
  const { buffer } = Uint8Array.from(raw)
  return new ARRAYS[type](buffer, 0, raw.length / ELEMENT_BYTES[type])
}

function readValue(bytes: Uint8Array): OnnxValue {
  const fields = groupFields(bytes)
  const name = fields.text(1)
  const tensor = fields.messages(2).flatMap((type) => groupFields(type).messages(1))[0]
  if (!tensor) throw unsupported(`has an input or output ${name} that is no tensor`)
  const inner = groupFields(tensor)
  const dimensions = inner.messages(2).flatMap((shape) => groupFields(shape).messages(1))
  const shape = dimensions.map((dimension) => {
    const size = groupFields(dimension)
    return size.text(2) || size.integer(1)
  })
  return { name, type: typeOf(inner.integer(1), `a value ${name}`), shape }
}

/** The fields of one message by number. What is absent is empty, or zero, as protocol buffers have it. */
interface Fields {
  messages(number: number): Uint8Array[]
  text(number: number): string
  integer(number: number): number
  /** One by one or packed. */
  integers(number: number): bigint[]
  floats(number: number): number[]
  doubles(number: number): number[]
}

function groupFields(bytes: Uint8Array): Fields {
  const byNumber = new Map<number, WireField[]>()
  for (const field of fieldsOf(bytes)) {
    const same = byNumber.get(field.number)
    if (same) same.push(field)
    else byNumber.set(field.number, [field])
  }
  const all = (number: number) => byNumber.get(number) ?? []
  const contentOf = ({ valueStart, end }: WireField) => bytes.subarray(valueStart, end)
  const numbers = (number: number, size: number, read: (view: DataView, at: number) => number) =>
    all(number).flatMap((field) => {
      const value = contentOf(field)
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
      return Array.from({ length: value.length / size }, (_, index) => read(view, index * size))
    })
  return {
    messages: (number) => all(number).map(contentOf),
    text: (number) => all(number).map(contentOf).map(toText).at(-1) ?? '',
    integer: (number) =>
      Number(
        all(number)
          .flatMap((field) => readIntegers(contentOf(field)))
          .at(-1) ?? 0n,
      ),
    integers: (number) => all(number).flatMap((field) => readIntegers(contentOf(field))),
    floats: (number) => numbers(number, 4, (view, at) => view.getFloat32(at, true)),
    doubles: (number) => numbers(number, 8, (view, at) => view.getFloat64(at, true)),
  }
}

/** Varints one after the other, as 64 signed bits each. */
function readIntegers(bytes: Uint8Array): bigint[] {
  const integers: bigint[] = []
  let value = 0n
  let shift = 0n
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift
    shift += 7n
    if (byte >= 128) continue
    integers.push(BigInt.asIntN(64, value))
    value = 0n
    shift = 0n
  }
  return integers
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function unsupported(problem: string): AppError {
  return new AppError(
    'invalid_request',
    `The ONNX model ${problem}, which is not supported; export it as one file without control flow.`,
  )
}
