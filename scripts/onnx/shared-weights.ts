import { createHash } from 'node:crypto'
import { createMessageWriter } from '../../src/formats/protobuf.ts'
import { fieldsOf, type WireField } from './protobuf-fields.ts'

/** Field numbers of onnx.proto3. */
const MODEL_GRAPH = 7
const GRAPH_INITIALIZER = 5
const TENSOR = { type: 2, rawData: 9, externalData: 13, dataLocation: 14 }
const EXTERNAL = 1

/** Bytes of an element by TensorProto.DataType; types that are not listed are taken as 1 byte. */
const ELEMENT_BYTES: Readonly<Record<number, number>> = {
  1: 4,
  4: 2,
  5: 2,
  6: 4,
  7: 8,
  10: 2,
  11: 8,
  12: 4,
  13: 8,
  16: 2,
}

/** A model whose weights lie in another model's file. */
interface SharedModel {
  readonly bytes: Uint8Array
  /** Bytes of weights that are left to the other file. */
  readonly sharedBytes: number
}

/**
 * Replaces the weights of `model` that occur byte for byte in `source`, another ONNX model, by references into its
 * file (`TensorProto.external_data`), so that a graph that was rewritten costs kilobytes beside the one it was made
 * from, and the runtime maps the weights instead of copying them. Everything else stays as it is, to the byte.
 * Weights below `minimumBytes`, and those that lie in `source` at a place their element type is not aligned to,
 * stay in the model.
 *
 * @param location the file name of `source`, as seen from the folder of the outcome
 * @throws RangeError when one of the two is no ONNX model
 */
export function shareWeights(
  model: Uint8Array,
  source: Uint8Array,
  location: string,
  minimumBytes = 1024,
): SharedModel {
  const places = weightPlaces(source, minimumBytes)
  const parts: Uint8Array[] = []
  let sharedBytes = 0
  for (const field of fieldsOf(model)) {
    if (field.number !== MODEL_GRAPH) {
      parts.push(model.subarray(field.start, field.end))
      continue
    }
    const graph: Uint8Array[] = []
    for (const inner of fieldsOf(model, field.valueStart, field.end)) {
      const shared =
        inner.number === GRAPH_INITIALIZER
          ? shareTensor(model, inner, places, location, minimumBytes)
          : undefined
      graph.push(shared?.bytes ?? model.subarray(inner.start, inner.end))
      sharedBytes += shared?.length ?? 0
    }
    parts.push(delimited(MODEL_GRAPH, Buffer.concat(graph)))
  }
  return { bytes: Buffer.concat(parts), sharedBytes }
}

function delimited(number: number, value: Uint8Array): Uint8Array {
  const writer = createMessageWriter()
  writer.bytes(number, value)
  return writer.finish()
}

/** Where weights lie in a file, by their SHA-256. */
type Places = ReadonlyMap<string, readonly number[]>

function weightPlaces(source: Uint8Array, minimumBytes: number): Places {
  const places = new Map<string, number[]>()
  for (const tensor of initializers(source)) {
    const raw = rawData(source, tensor)
    if (raw === undefined || raw.value < minimumBytes) continue
    const digest = digestOf(source, raw)
    places.set(digest, [...(places.get(digest) ?? []), raw.valueStart])
  }
  return places
}

function* initializers(model: Uint8Array): Generator<WireField> {
  for (const field of fieldsOf(model)) {
    if (field.number !== MODEL_GRAPH) continue
    for (const inner of fieldsOf(model, field.valueStart, field.end)) {
      if (inner.number === GRAPH_INITIALIZER) yield inner
    }
  }
}

function rawData(model: Uint8Array, tensor: WireField): WireField | undefined {
  return fieldsIn(model, tensor).find((field) => field.number === TENSOR.rawData)
}

function fieldsIn(model: Uint8Array, tensor: WireField): WireField[] {
  return [...fieldsOf(model, tensor.valueStart, tensor.end)]
}

function digestOf(bytes: Uint8Array, field: WireField): string {
  return createHash('sha256').update(bytes.subarray(field.valueStart, field.end)).digest('hex')
}

/** The initializer with a reference in place of its data, or undefined where it is to stay as it is. */
function shareTensor(
  model: Uint8Array,
  tensor: WireField,
  places: Places,
  location: string,
  minimumBytes: number,
): { bytes: Uint8Array; length: number } | undefined {
  const fields = fieldsIn(model, tensor)
  const raw = fields.find((field) => field.number === TENSOR.rawData)
  if (raw === undefined || raw.value < minimumBytes) return undefined
  const type = fields.find((field) => field.number === TENSOR.type)?.value ?? 0
  const offset = places.get(digestOf(model, raw))?.find((place) => place % (ELEMENT_BYTES[type] ?? 1) === 0)
  if (offset === undefined) return undefined
  const kept = fields.filter((field) => field !== raw).map((field) => model.subarray(field.start, field.end))
  const writer = createMessageWriter()
  for (const [key, value] of Object.entries({ location, offset, length: raw.value })) {
    writer.message(TENSOR.externalData, (entry) => {
      entry.text(1, key)
      entry.text(2, String(value))
    })
  }
  writer.integer(TENSOR.dataLocation, EXTERNAL)
  return { bytes: delimited(GRAPH_INITIALIZER, Buffer.concat([...kept, writer.finish()])), length: raw.value }
}
