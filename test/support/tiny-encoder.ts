import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { encodeOnnx, type OnnxType } from '../../src/formats/onnx.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { manifestOf } from './manifests.ts'

const PIECES = 1000
const DIMENSIONS = 32

/**
 * A graph of the shape of an encoder: an int8 table, scaled, times a matrix. 1,000 ids, 32 dimensions. `last` is the
 * operator of its last node, which takes one input and gives one output.
 */
export function tinyEncoder(last = 'Identity', outputType: OnnxType = 'float32'): Uint8Array {
  const table = Int8Array.from({ length: PIECES * DIMENSIONS }, (_, index) => ((index * 37) % 255) - 127)
  const matrix = Float32Array.from({ length: DIMENSIONS * DIMENSIONS }, (_, index) => Math.sin(index))
  const sequence = ['batch', 'sequence']
  return encodeOnnx({
    name: 'tiny',
    opset: 17,
    inputs: [
      { name: 'input_ids', type: 'int64', shape: sequence },
      { name: 'attention_mask', type: 'int64', shape: sequence },
    ],
    outputs: [{ name: 'last_hidden_state', type: outputType, shape: [...sequence, DIMENSIONS] }],
    initializers: [
      { name: 'table', type: 'int8', shape: [PIECES, DIMENSIONS], data: table },
      { name: 'scale', type: 'float32', shape: [], data: Float32Array.of(1 / 127) },
      { name: 'matrix', type: 'float32', shape: [DIMENSIONS, DIMENSIONS], data: matrix },
    ],
    nodes: [
      { operator: 'Gather', inputs: ['table', 'input_ids'], outputs: ['codes'] },
      { operator: 'Cast', inputs: ['codes'], outputs: ['floats'], attributes: { to: 1 } },
      { operator: 'Mul', inputs: ['floats', 'scale'], outputs: ['scaled'] },
      { operator: 'MatMul', inputs: ['scaled', 'matrix'], outputs: ['product'] },
      { operator: last, inputs: ['product'], outputs: ['last_hidden_state'] },
    ],
  })
}

/** Writes a model's files to `folder/<id>/` and returns the manifest that pins them. */
export function writeModel(
  folder: string,
  id: string,
  files: { readonly graph: Uint8Array; readonly tokenizer: unknown },
  fields: Partial<Manifest> = {},
): Manifest {
  const contents: [string, Uint8Array][] = [
    ['onnx/model.onnx', files.graph],
    ['tokenizer.json', Buffer.from(JSON.stringify(files.tokenizer))],
  ]
  for (const [path, bytes] of contents) {
    mkdirSync(dirname(join(folder, id, path)), { recursive: true })
    writeFileSync(join(folder, id, path), bytes)
  }
  return manifestOf({
    id,
    graph: 'onnx/model.onnx',
    tokenizer: 'tokenizer.json',
    dimensions: DIMENSIONS,
    specialTokens: false,
    files: contents.map(([path, bytes]) => ({
      path,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
    ...fields,
  })
}
