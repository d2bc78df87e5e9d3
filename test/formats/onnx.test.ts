import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { encodeOnnx, float, type OnnxModel } from '../../src/formats/onnx.ts'
import { createMessageWriter } from '../../src/formats/protobuf.ts'

/** ids → rows of an int8 table → float32 × scale, and a few nodes with each kind of attribute. */
const model: OnnxModel = {
  name: 'table',
  opset: 17,
  inputs: [{ name: 'ids', type: 'int64', shape: ['batch', 2] }],
  outputs: [{ name: 'rows', type: 'float32', shape: ['batch', 2, 3] }],
  initializers: [
    { name: 'table', type: 'int8', shape: [3, 3], data: Int8Array.of(1, -2, 3, 4, 5, -6, 7, 8, 127) },
    { name: 'scale', type: 'float32', shape: [], data: Float32Array.of(0.5) },
  ],
  nodes: [
    {
      operator: 'Gather',
      inputs: ['table', 'ids'],
      outputs: ['codes'],
      attributes: { axis: 0 },
      name: 'look up',
    },
    { operator: 'Cast', inputs: ['codes'], outputs: ['floats'], attributes: { to: 1 }, domain: '' },
    { operator: 'Mul', inputs: ['floats', 'scale'], outputs: ['scaled'] },
    { operator: 'LeakyRelu', inputs: ['scaled'], outputs: ['leaky'], attributes: { alpha: 0.25 } },
    { operator: 'Elu', inputs: ['leaky'], outputs: ['elu'], attributes: { alpha: float(1) } },
    { operator: 'Transpose', inputs: ['elu'], outputs: ['turned'], attributes: { perm: [0, 2, 1] } },
    { operator: 'Transpose', inputs: ['turned'], outputs: ['back'], attributes: { perm: [0, 2, 1] } },
    {
      operator: 'Constant',
      inputs: [],
      outputs: ['one'],
      attributes: { value: { name: '', type: 'float32', shape: [1], data: Float32Array.of(1) } },
    },
    { operator: 'Constant', inputs: [], outputs: ['halves'], attributes: { value_floats: [0.5, 0.5, 0.5] } },
    { operator: 'Add', inputs: ['one', 'halves'], outputs: ['sum'] },
    { operator: 'Constant', inputs: [], outputs: ['unused'], attributes: { value_string: 'text' } },
    { operator: 'Add', inputs: ['back', 'sum'], outputs: ['rows'] },
  ],
  metadata: { purpose: 'test' },
}

test('the runtime runs what is written', async () => {
  const session = await InferenceSession.create(encodeOnnx(model))
  const { rows } = await session.run({ ids: new Tensor('int64', BigInt64Array.of(2n, 0n), [1, 2]) })
  expect(rows!.dims).toEqual([1, 2, 3])
  const negative = Math.exp(-0.25) - 1
  const expected = [3.5, 4, 63.5, 0.5, negative, 1.5].map((value) => value + 1.5)
  for (const [index, value] of expected.entries()) expect(Number(rows!.data[index])).toBeCloseTo(value, 6)
  await session.release()
})

test('the same model gives the same bytes', () => {
  expect(encodeOnnx(model)).toEqual(encodeOnnx(structuredClone(model)))
})

test('a model says who made it and which format it is in', () => {
  const bytes = Buffer.from(encodeOnnx({ ...model, producer: 'someone', irVersion: 9 }))
  expect([bytes[0], bytes[1]]).toEqual([8, 9])
  expect(bytes.includes('someone')).toBe(true)
  expect(bytes.includes('purpose')).toBe(true)
  const { metadata, ...plain } = model
  expect(Buffer.from(encodeOnnx(plain)).includes('purpose')).toBe(false)
})

test.each<[number | bigint, number[]]>([
  [0, [8, 0]],
  [127, [8, 127]],
  [300, [8, 0xac, 2]],
  [-1, [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]],
  [2n ** 63n - 1n, [8, 255, 255, 255, 255, 255, 255, 255, 255, 127]],
])('writes %d as the bytes of the specification', (value, bytes) => {
  const writer = createMessageWriter()
  writer.integer(1, value)
  expect([...writer.finish()]).toEqual(bytes)
  expect(writer.length).toBe(bytes.length)
})
