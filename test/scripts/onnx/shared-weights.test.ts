import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { shareWeights } from '../../../scripts/onnx/shared-weights.ts'
import { encodeOnnx, type OnnxModel, type OnnxTensor } from '../../../src/formats/onnx.ts'
import { temporaryFolder } from '../../support/folders.ts'

const table: OnnxTensor = {
  name: 'table',
  type: 'int8',
  shape: [40, 32],
  data: Int8Array.from({ length: 1280 }, (_, index) => (index * 7) % 128),
}
const matrix: OnnxTensor = {
  name: 'matrix',
  type: 'float32',
  shape: [32, 32],
  data: Float32Array.from({ length: 1024 }, (_, index) => Math.cos(index)),
}
const small: OnnxTensor = { name: 'small', type: 'float32', shape: [1], data: Float32Array.of(2) }

function modelOf(initializers: readonly OnnxTensor[], name = 'g'): OnnxModel {
  return {
    name,
    opset: 17,
    inputs: [{ name: 'ids', type: 'int64', shape: ['n'] }],
    outputs: [{ name: 'rows', type: 'float32', shape: ['n', 32] }],
    initializers,
    nodes: [
      { operator: 'Gather', inputs: ['table', 'ids'], outputs: ['codes'] },
      { operator: 'Cast', inputs: ['codes'], outputs: ['floats'], attributes: { to: 1 } },
      { operator: 'MatMul', inputs: ['floats', 'matrix'], outputs: ['product'] },
      { operator: 'Mul', inputs: ['product', 'small'], outputs: ['rows'] },
    ],
  }
}

async function rowsOf(path: string): Promise<number[]> {
  const session = await InferenceSession.create(path)
  const { rows } = await session.run({ ids: new Tensor('int64', BigInt64Array.of(3n, 39n), [2]) })
  await session.release()
  return Array.from(rows!.data, Number)
}

/** A model whose matrix lies at a multiple of four bytes, or not: the graph's name moves it. */
function sourceWith(aligned: boolean): Uint8Array {
  for (let length = 1; ; length++) {
    const bytes = Buffer.from(encodeOnnx(modelOf([table, matrix, small], 'n'.repeat(length))))
    const matrixBytes = new Uint8Array(matrix.data.buffer)
    if ((bytes.indexOf(matrixBytes) % 4 === 0) === aligned) return bytes
  }
}

describe('weights shared with another file', () => {
  it('are read by the runtime from there', async () => {
    const folder = temporaryFolder('shared')
    const plain = sourceWith(true)
    const shared = shareWeights(plain, plain, 'plain.onnx')
    expect(shared.sharedBytes).toBe(1280 + 4096)
    expect(shared.bytes.length).toBeLessThan(700)
    writeFileSync(join(folder, 'plain.onnx'), plain)
    writeFileSync(join(folder, 'shared.onnx'), shared.bytes)
    expect(await rowsOf(join(folder, 'shared.onnx'))).toEqual(await rowsOf(join(folder, 'plain.onnx')))
  })

  it('are found wherever they lie in the other file, under any name', () => {
    const renamed = encodeOnnx(
      modelOf([small, { ...matrix, name: 'other' }, { ...table, name: 'one' }, table]),
    )
    expect(shareWeights(encodeOnnx(modelOf([table])), renamed, 'x').sharedBytes).toBe(1280)
  })

  it('stay where the other file has them at a place that their numbers are not aligned to', () => {
    const { bytes, sharedBytes } = shareWeights(sourceWith(true), sourceWith(false), 'plain.onnx')
    expect(sharedBytes).toBe(1280)
    expect(Buffer.from(bytes).includes(Buffer.from(matrix.data.buffer))).toBe(true)
  })

  it('stay where they differ, are small or have no bytes of their own', () => {
    const other = { ...table, data: Int8Array.from({ length: 1280 }) }
    const model = encodeOnnx(modelOf([other, small]))
    expect(shareWeights(model, sourceWith(true), 'x')).toEqual({ bytes: Buffer.from(model), sharedBytes: 0 })
    const once = shareWeights(sourceWith(true), sourceWith(true), 'x')
    expect(shareWeights(once.bytes, once.bytes, 'x').sharedBytes).toBe(0)
  })

  it('take types that are not listed as bytes', () => {
    // Field 2 of the tensor, its type, is removed: 0 is UNDEFINED.
    const plain = Buffer.from(encodeOnnx(modelOf([table])))
    expect(shareWeights(withoutType(plain), plain, 'x').sharedBytes).toBe(1280)
  })

  it('are refused when the bytes are no model', () => {
    expect(() => shareWeights(Buffer.from('no model'), new Uint8Array(), 'x')).toThrow(RangeError)
  })
})

/** The table's tensor with another field, unknown to readers, in place of its type. */
function withoutType(model: Buffer): Uint8Array {
  const changed = Buffer.from(model)
  // dims 40 and 32, then the type int8 as field 2; field 15 takes its place.
  const at = changed.indexOf(Buffer.from([8, 40, 8, 32, 16, 3]))
  changed[at + 4] = 15 * 8
  return changed
}
