import fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { encodeOnnx, float, type OnnxModel, type OnnxTensor } from '../../src/formats/onnx.ts'
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

/** Look up int8 rows, widen them, scale each by its own factor. */
function lookUpModel(table: Int8Array, columns: number, scales: Float32Array): OnnxModel {
  return {
    name: 'look up',
    opset: 14,
    inputs: [{ name: 'ids', type: 'int64', shape: ['batch', 'sequence'] }],
    outputs: [{ name: 'rows', type: 'float32', shape: ['batch', 'sequence', columns] }],
    initializers: [
      { name: 'table', type: 'int8', shape: [table.length / columns, columns], data: table },
      { name: 'scales', type: 'float32', shape: [scales.length, 1], data: scales },
    ],
    nodes: [
      { operator: 'Gather', inputs: ['table', 'ids'], outputs: ['codes'] },
      { operator: 'Cast', inputs: ['codes'], outputs: ['wide'], attributes: { to: 1 } },
      { operator: 'Gather', inputs: ['scales', 'ids'], outputs: ['factors'] },
      { operator: 'Mul', inputs: ['wide', 'factors'], outputs: ['rows'] },
    ],
  }
}

test('the runtime looks up, widens and scales whatever table is written', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -128, max: 127 }), { minLength: 12, maxLength: 12 }),
      fc.array(fc.float({ noNaN: true, min: -8, max: 8 }), { minLength: 4, maxLength: 4 }),
      fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }),
      async (table, scales, ids) => {
        const bytes = encodeOnnx(lookUpModel(Int8Array.from(table), 3, Float32Array.from(scales)))
        const session = await InferenceSession.create(bytes)
        const { rows } = await session.run({
          ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [2, 3]),
        })
        await session.release()
        const expected = ids.flatMap((id) =>
          [0, 1, 2].map((column) => 0 + Math.fround(table[3 * id + column]! * scales[id]!)),
        )
        expect(Array.from(rows!.data, Number).map((value) => 0 + value)).toEqual(expected)
      },
    ),
    { numRuns: 20 },
  )
})

test.each<[string, OnnxTensor, string[]]>([
  [
    'float32',
    { name: 'c', type: 'float32', shape: [2], data: Float32Array.of(-0.5, 2 ** 100) },
    ['-0.5', `${2 ** 100}`],
  ],
  [
    'int64',
    { name: 'c', type: 'int64', shape: [2], data: BigInt64Array.of(-(2n ** 63n), 5n) },
    [`${-(2n ** 63n)}`, '5'],
  ],
  [
    'int32',
    { name: 'c', type: 'int32', shape: [1, 2], data: Int32Array.of(-7, 2 ** 30) },
    ['-7', `${2 ** 30}`],
  ],
  ['int8', { name: 'c', type: 'int8', shape: [2, 1], data: Int8Array.of(-128, 127) }, ['-128', '127']],
  [
    'uint8',
    { name: 'c', type: 'uint8', shape: [2], data: Uint8Array.of(7, 0, 255).subarray(1) },
    ['0', '255'],
  ],
  ['bool', { name: 'c', type: 'bool', shape: [], data: Uint8Array.of(1) }, ['1']],
])('a constant of %s reaches the runtime as it was', async (type, tensor, expected) => {
  const session = await InferenceSession.create(
    encodeOnnx({
      name: 'constant',
      opset: 14,
      inputs: [],
      outputs: [{ name: 'same', type: tensor.type, shape: tensor.shape }],
      initializers: [tensor],
      nodes: [{ operator: 'Identity', inputs: [tensor.name], outputs: ['same'] }],
    }),
  )
  const { same } = await session.run({})
  await session.release()
  expect([same!.type, [...same!.dims], Array.from(same!.data, String)]).toEqual([
    type,
    tensor.shape,
    expected,
  ])
})

test('an operator of another domain runs', async () => {
  const session = await InferenceSession.create(
    encodeOnnx({
      name: 'fused',
      opset: 14,
      domains: { 'com.microsoft': 1 },
      inputs: [],
      outputs: [{ name: 'product', type: 'float32', shape: [1, 1] }],
      initializers: [
        { name: 'left', type: 'float32', shape: [1, 2], data: Float32Array.of(1, 2) },
        { name: 'right', type: 'float32', shape: [2, 1], data: Float32Array.of(-5, 1) },
      ],
      nodes: [
        {
          operator: 'FusedGemm',
          domain: 'com.microsoft',
          inputs: ['left', 'right'],
          outputs: ['product'],
          attributes: { activation: 'Relu' },
        },
      ],
    }),
  )
  expect([...(await session.run({})).product!.data]).toEqual([0])
  await session.release()
})

test('a tensor whose data does not fill its shape is refused by name', () => {
  const [first, ...rest] = model.initializers
  expect(() => encodeOnnx({ ...model, initializers: [{ ...first!, shape: [3, 4] }, ...rest] })).toThrow(
    'The tensor table cannot be written: expected 12 bytes for int8 [3, 4], got 9',
  )
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

test('nested messages keep the arrays of their fields until the whole is finished', () => {
  const large = new Uint8Array(1000)
  const writer = createMessageWriter()
  writer.message(1, (outer) => outer.message(2, (inner) => inner.bytes(3, large)))
  expect(writer.parts.at(-1)).toBe(large)
  expect(writer.finish().length).toBe(writer.length)
})
