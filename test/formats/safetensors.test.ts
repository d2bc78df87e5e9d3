import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSafeTensors, writeSafeTensors as writeFloats } from '../../src/formats/safetensors.ts'
import { floatTensor, writeSafeTensors } from '../support/safe-tensors.ts'

const bytesOf = (...values: number[]) => Uint8Array.from(values)

test('reads back any float32 tensors by name', () => {
  const values = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z.]{1,9}$/), values), (tensors) => {
      const file = writeSafeTensors(
        Object.fromEntries(
          Object.entries(tensors).map(([name, list]) => [name, floatTensor([list.length], list)]),
        ),
      )
      const read = readSafeTensors(file)
      expect([...read.names].sort()).toEqual(Object.keys(tensors).sort())
      for (const [name, list] of Object.entries(tensors)) {
        expect(read.read(name)).toEqual({ shape: [list.length], data: Float32Array.from(list) })
      }
    }),
  )
})

test.each([
  ['F64', new Uint8Array(Float64Array.of(0.5, -2).buffer), [0.5, -2]],
  ['I64', new Uint8Array(BigInt64Array.of(3n, -4n).buffer), [3, -4]],
  ['I32', new Uint8Array(Int32Array.of(5, -6).buffer), [5, -6]],
  ['I8', bytesOf(7, 256 - 8), [7, -8]],
  ['U8', bytesOf(9, 255), [9, 255]],
  ['BF16', bytesOf(0x80, 0x3f, 0x00, 0xc0), [1, -2]],
  ['F16', bytesOf(0x00, 0x3c, 0x01, 0x80), [1, -(2 ** -24)]],
  ['F16', bytesOf(0x00, 0x7c, 0x00, 0xfc), [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ['F16', bytesOf(0x01, 0x7c, 0x55, 0x35), [Number.NaN, 0.333251953125]],
])('widens %s to float32', (dtype, bytes, expected) => {
  const file = writeSafeTensors({ x: { dtype, shape: [2], bytes } })
  expect(readSafeTensors(file).read('x').data).toEqual(Float32Array.from(expected))
})

const good = writeSafeTensors({ x: floatTensor([2], [1, 2]) })
const withHeader = (text: string) => {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)))
  return Buffer.concat([length, Buffer.from(text)])
}

test.each([
  ['nothing at all', bytesOf(), /a header within its 0 bytes/],
  ['a header longer than the file', good.subarray(0, 20), /a header within its 20 bytes/],
  ['a header that is no JSON', withHeader('not json'), /a header of JSON/],
  ['a header that is no object', withHeader('null'), /an object as header/],
  ['metadata that is a list', withHeader('{"__metadata__":[]}'), /texts as metadata/],
  ['metadata that is no text', withHeader('{"__metadata__":{"a":1}}'), /texts as metadata/],
  ['a tensor that is a number', withHeader('{"x":1}'), /offsets of x/],
  ['a tensor without offsets', withHeader('{"x":{"dtype":"F32","shape":[1]}}'), /offsets of x/],
  [
    'a tensor of half a row',
    withHeader('{"x":{"dtype":"F32","shape":[0.5],"data_offsets":[0,2]}}'),
    /offsets of x/,
  ],
  [
    'a tensor with three ends',
    withHeader('{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}'),
    /offsets of x/,
  ],
])('refuses in a safetensors file: %s', (_, file, message) => {
  expect(() => readSafeTensors(file)).toThrow(expect.objectContaining({ code: 'artifact_corrupt' }))
  expect(() => readSafeTensors(file)).toThrow(message)
})

test.each([
  ['a tensor that is not there', good, 'y', /a tensor y, got only x/],
  ['any tensor of an empty file', writeSafeTensors({}), 'y', /got only none/],
  [
    'a type that is not known',
    writeSafeTensors({ x: { dtype: 'Q4', shape: [1], bytes: bytesOf(1) } }),
    'x',
    /got Q4/,
  ],
  [
    'a shape that is not filled',
    writeSafeTensors({ x: floatTensor([3], [1, 2]) }),
    'x',
    /12 bytes for x \[3\]/,
  ],
  ['a file that breaks off', good.subarray(0, good.length - 4), 'x', /8 bytes for x/],
])('refuses in a safetensors file: %s', (_, file, name, message) => {
  expect(() => readSafeTensors(file).read(name)).toThrow(message)
})

test('refuses a header longer than is asked for before it is read', () => {
  const file = withHeader(' '.repeat(100))
  expect(() => readSafeTensors(file, 99)).toThrow(
    /within its 108 bytes and of at most 99, got a header of 100/,
  )
})

test('writes tensors and texts that it reads back, the numbers at a multiple of eight bytes', () => {
  const floats = fc.array(fc.float(), { maxLength: 9 })
  fc.assert(
    fc.property(floats, floats, fc.string(), (one, two, text) => {
      const tensors = {
        one: { shape: [one.length], data: Float32Array.from(one) },
        two: { shape: [1, two.length], data: Float32Array.from(two) },
      }
      const file = writeFloats(tensors, { text })
      const { names, metadata, read } = readSafeTensors(file)
      expect([...names]).toEqual(['one', 'two'])
      expect(metadata).toEqual({ text })
      expect({ one: read('one'), two: read('two') }).toEqual(tensors)
      expect((file.length - 4 * (one.length + two.length)) % 8).toBe(0)
    }),
  )
})

test('writes the same bytes for the same tensors', () => {
  const tensors = { x: { shape: [1], data: Float32Array.of(1) } }
  expect(writeFloats(tensors)).toEqual(writeFloats(tensors))
})
