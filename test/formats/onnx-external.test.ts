import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { externalFiles } from '../../src/formats/onnx-external.ts'
import { createMessageWriter, type MessageWriter } from '../../src/formats/protobuf.ts'
import { fixtureFolder } from '../support/fixtures.ts'

type Write = (message: MessageWriter) => void

const found = (bytes: Uint8Array) =>
  externalFiles((position, length) => bytes.subarray(position, position + length), bytes.length)

function model(write: Write): Uint8Array {
  const file = createMessageWriter()
  file.integer(1, 8)
  write(file)
  return file.finish()
}

const within =
  (number: number, write: Write): Write =>
  (message) =>
    message.message(number, write)

/** A tensor with weights elsewhere, as exporters write it. */
const tensorIn =
  (location: string): Write =>
  (tensor) => {
    tensor.integer(1, 3)
    tensor.float(99, 1)
    for (const [key, value] of Object.entries({ offset: '0', location, length: '12' })) {
      tensor.message(13, (entry) => {
        entry.text(1, key)
        entry.text(2, value)
      })
    }
    tensor.bytes(9, new Uint8Array(10_000).fill(255))
    tensor.integer(14, 1)
  }

const graph = 7
const node = 1
const attribute = 5

test.each<[string, (tensor: Write) => Write]>([
  ['an initializer', (tensor) => within(graph, within(5, tensor))],
  ['a sparse initializer', (tensor) => within(graph, within(15, within(1, tensor)))],
  ['a constant', (tensor) => within(graph, within(node, within(attribute, within(5, tensor))))],
  ['a list of constants', (tensor) => within(graph, within(node, within(attribute, within(10, tensor))))],
  [
    'the body of a loop',
    (tensor) => within(graph, within(node, within(attribute, within(6, within(5, tensor))))),
  ],
  ['a function', (tensor) => within(25, within(7, within(attribute, within(5, tensor))))],
])('finds weights in other files in %s', (_, wrap) => {
  expect(found(model(wrap(tensorIn('weights.bin'))))).toEqual(['weights.bin'])
})

test('names each file once, and none for a graph that has all of its weights', () => {
  const several = model((file) => {
    for (const name of ['a', 'b', 'a']) within(graph, within(5, tensorIn(name)))(file)
  })
  expect(found(several)).toEqual(['a', 'b'])
  expect(found(readFileSync(join(fixtureFolder, 'bert-int8', 'model.onnx')))).toEqual([])
})

test.each([
  ['', 0],
  [' of a large file', 1 << 20],
])('finds a file wherever its name lies in what is read at once%s', (_, more) => {
  const constant = within(node, within(attribute, within(5, tensorIn('weights.bin'))))
  for (let before = 8000; before < 8300; before++) {
    const file = model((message) => {
      message.text(6, 'x'.repeat(before))
      within(graph, (inner) => {
        within(node, (plain) => plain.text(3, 'first'))(inner)
        constant(inner)
      })(message)
      message.bytes(99, new Uint8Array(more))
    })
    expect(found(file)).toEqual(['weights.bin'])
  }
})

test('reads a name that is longer than what is read at once of a large file', () => {
  const location = 'x'.repeat(20_000)
  const file = model((message) => {
    within(graph, within(5, tensorIn(location)))(message)
    message.bytes(99, new Uint8Array(1 << 20))
  })
  expect(found(file)).toEqual([location])
})

test('reads little of a large file', () => {
  const large = model(
    within(
      graph,
      within(5, (tensor) => tensor.bytes(9, new Uint8Array(5_000_000))),
    ),
  )
  let bytes = 0
  const read = (position: number, length: number) => {
    bytes += length
    return large.subarray(position, position + length)
  }
  expect(externalFiles(read, large.length)).toEqual([])
  expect(bytes).toBeLessThan(20_000)
})

test.each<[string, Uint8Array, RegExp]>([
  ['a field of an unknown kind', Uint8Array.of(0x0b), /unknown kind 3/],
  ['a number without an end', new Uint8Array(12).fill(255), /does not end/],
  ['a number that is cut off', Uint8Array.of(0x08, 0xff), /file ends at 2/],
  ['a field beyond the end', Uint8Array.of(0x3a, 9, 1), /beyond its message/],
  ['a fixed number that is cut off', Uint8Array.of(0x09, 1), /beyond its message/],
])('refuses as an ONNX graph: %s', (_, bytes, message) => {
  expect(() => found(bytes)).toThrow(message)
})

test('refuses graphs within graphs without end', () => {
  let nested: Write = tensorIn('deep')
  for (let depth = 0; depth < 60; depth++) nested = within(node, within(attribute, within(6, nested)))
  expect(() => found(model(within(graph, nested)))).toThrow(/more than 100 deep/)
})

test('ends on any bytes, with an answer or a RangeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        expect(found(bytes)).toEqual(expect.any(Array))
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }),
  )
})
