import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeOnnx } from '../../../scripts/onnx/reader.ts'
import { ELEMENT_TYPES, encodeOnnx, float, type OnnxModel } from '../../../src/formats/onnx.ts'
import { createMessageWriter, type MessageWriter } from '../../../src/formats/protobuf.ts'
import { fixtureFolder } from '../../support/fixtures.ts'

const model: OnnxModel = {
  name: 'all kinds',
  opset: 17,
  domains: { 'com.microsoft': 1 },
  irVersion: 9,
  producer: 'tests',
  metadata: { purpose: 'reading' },
  inputs: [{ name: 'ids', type: 'int64', shape: ['batch', 2] }],
  outputs: [{ name: 'rows', type: 'float32', shape: ['batch', 2, 3] }],
  initializers: [
    { name: 'a', type: 'float32', shape: [2], data: Float32Array.of(0.5, -1) },
    { name: 'b', type: 'float64', shape: [1], data: Float64Array.of(1 / 3) },
    { name: 'c', type: 'int8', shape: [1, 2], data: Int8Array.of(-1, 2) },
    { name: 'd', type: 'uint8', shape: [], data: Uint8Array.of(200) },
    { name: 'e', type: 'int32', shape: [1], data: Int32Array.of(-70_000) },
    { name: 'f', type: 'int64', shape: [2], data: BigInt64Array.of(-1n, 2n ** 40n) },
    { name: 'g', type: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
    { name: 'h', type: 'float16', shape: [1], data: Uint16Array.of(0x3c00) },
  ],
  nodes: [
    { operator: 'Softmax', inputs: ['a'], outputs: ['s'], attributes: { axis: -1 }, name: 'soft' },
    { operator: 'Elu', inputs: ['s'], outputs: ['t'], attributes: { alpha: float(0.25) } },
    { operator: 'Transpose', inputs: ['t'], outputs: ['u'], attributes: { perm: [1, 0] } },
    {
      operator: 'Resize',
      inputs: ['u', '', 'a'],
      outputs: ['v'],
      attributes: { scales: { floats: [1, 2] } },
    },
    {
      operator: 'Resize',
      inputs: ['v'],
      outputs: ['w'],
      attributes: { mode: 'linear' },
      domain: 'com.microsoft',
    },
    {
      operator: 'Constant',
      inputs: [],
      outputs: ['x'],
      attributes: { value: { name: '', type: 'int64', shape: [1], data: BigInt64Array.of(7n) } },
    },
  ],
}

test('reads back every kind of value that is written', () => {
  expect(decodeOnnx(encodeOnnx(model))).toEqual(model)
})

test('reads and writes every fixture without a change', () => {
  for (const folder of readdirSync(fixtureFolder).filter((name) => !name.includes('.'))) {
    const file = readFileSync(join(fixtureFolder, folder, 'model.onnx'))
    expect(Buffer.from(encodeOnnx(decodeOnnx(file))).equals(file)).toBe(true)
  }
})

/** A model with one initializer that is written by hand. */
function withTensor(write: (tensor: MessageWriter) => void): Uint8Array {
  const file = createMessageWriter()
  file.message(7, (graph) => graph.message(5, write))
  return file.finish()
}

/** Writes numbers one by one. */
function listed(kind: 'integer' | 'float', field: number, numbers: readonly number[]) {
  return (tensor: MessageWriter) => {
    for (const number of numbers) tensor[kind](field, number)
  }
}

const tensorOf = (bytes: Uint8Array) => decodeOnnx(bytes).initializers[0]!

test.each([
  ['float32', 4, Float32Array.of(0.5, -2), listed('float', 4, [0.5, -2])],
  ['int32', 5, Int32Array.of(-3, 4), listed('integer', 5, [-3, 4])],
  ['int64', 7, BigInt64Array.of(-3n, 4n), listed('integer', 7, [-3, 4])],
  ['int8', 5, Int8Array.of(-3, 4), listed('integer', 5, [-3, 4])],
  ['uint8', 5, Uint8Array.of(3, 4), listed('integer', 5, [3, 4])],
  ['float16', 5, Uint16Array.of(0x3c00, 1), listed('integer', 5, [0x3c00, 1])],
  [
    'float64',
    10,
    Float64Array.of(0.1, 1),
    (t: MessageWriter) => t.bytes(10, new Uint8Array(Float64Array.of(0.1, 1).buffer)),
  ],
] as const)('reads %s that are listed in field %i', (type, _, data, write) => {
  const tensor = tensorOf(
    withTensor((t) => {
      t.integer(1, 2)
      t.integer(2, ELEMENT_TYPES[type])
      t.text(8, 'w')
      write(t)
    }),
  )
  expect(tensor).toEqual({ name: 'w', type, shape: [2], data })
})

test('reads shapes that are packed, and leaves weights out of the inputs', () => {
  const file = createMessageWriter()
  file.message(7, (graph) => {
    graph.message(5, (tensor) => {
      tensor.bytes(1, Uint8Array.of(2, 1))
      tensor.integer(2, ELEMENT_TYPES.int8)
      tensor.text(8, 'w')
      tensor.bytes(9, Uint8Array.of(1, 2))
    })
    for (const name of ['w', 'x']) {
      graph.message(11, (value) => {
        value.text(1, name)
        value.message(2, (type) => type.message(1, (tensor) => tensor.integer(1, 1)))
      })
    }
  })
  const { initializers, inputs, opset } = decodeOnnx(file.finish())
  expect(initializers[0]!.shape).toEqual([2, 1])
  expect(inputs).toEqual([{ name: 'x', type: 'float32', shape: [] }])
  expect(opset).toBe(1)
})

/** A model whose graph is written by hand. */
function withGraph(write: (graph: MessageWriter) => void): Uint8Array {
  const file = createMessageWriter()
  file.message(7, write)
  return file.finish()
}

test.each([
  ['weights in another file', withTensor((tensor) => tensor.integer(14, 1)), 'in another file'],
  ['an element type that is not known', withTensor((tensor) => tensor.integer(2, 16)), 'of element type 16'],
  ['sparse weights', withGraph((graph) => graph.message(15, () => {})), 'sparse weights'],
  [
    'a graph as an attribute',
    withGraph((graph) =>
      graph.message(1, (node) =>
        node.message(5, (attribute) => {
          attribute.text(1, 'then_branch')
          attribute.integer(20, 5)
        }),
      ),
    ),
    'attribute then_branch',
  ],
  [
    'an input that is no tensor',
    withGraph((graph) => graph.message(11, (value) => value.text(1, 'x'))),
    'no tensor',
  ],
])('says that it does not support %s', (_, file, message) => {
  expect(() => decodeOnnx(file)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  expect(() => decodeOnnx(file)).toThrow(message)
})

test('says that it does not support functions of a model', () => {
  const file = createMessageWriter()
  file.message(7, () => {})
  file.message(25, () => {})
  expect(() => decodeOnnx(file.finish())).toThrow('functions of its own')
})

test('calls what is no model corrupt', () => {
  for (const bytes of [Uint8Array.of(), Buffer.from('version https://git-lfs'), Uint8Array.of(58, 200)]) {
    expect(() => decodeOnnx(bytes)).toThrow(expect.objectContaining({ code: 'artifact_corrupt' }))
  }
})

test('survives any damage with a model or one of its two errors', () => {
  const file = encodeOnnx(model)
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.nat(255), (index, byte) => {
      const damaged = Uint8Array.from(file)
      damaged[index] = byte
      try {
        decodeOnnx(damaged)
      } catch (error) {
        expect(['artifact_corrupt', 'invalid_request']).toContain((error as { code: string }).code)
      }
    }),
  )
})

test('takes a float that is not written for zero, as protocol buffers do', () => {
  const file = withGraph((graph) =>
    graph.message(1, (node) =>
      node.message(5, (attribute) => {
        attribute.text(1, 'alpha')
        attribute.integer(20, 1)
      }),
    ),
  )
  expect(decodeOnnx(file).nodes[0]!.attributes).toEqual({ alpha: { float: 0 } })
})
