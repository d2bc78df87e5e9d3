import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fieldsOf } from '../../../scripts/onnx/protobuf-fields.ts'
import { createMessageWriter } from '../../../src/formats/protobuf.ts'

test('what is written is walked field by field, without a gap', () => {
  const fields = fc.array(
    fc.oneof(
      fc.record({ number: fc.integer({ min: 1, max: 5000 }), integer: fc.maxSafeNat() }),
      fc.record({ number: fc.integer({ min: 1, max: 5000 }), text: fc.string() }),
      fc.record({ number: fc.integer({ min: 1, max: 5000 }), float: fc.float({ noNaN: true }) }),
    ),
  )
  fc.assert(
    fc.property(fields, (written) => {
      const writer = createMessageWriter()
      for (const field of written) {
        if ('integer' in field) writer.integer(field.number, field.integer)
        else if ('text' in field) writer.text(field.number, field.text)
        else writer.float(field.number, field.float)
      }
      const bytes = Buffer.from(writer.finish())
      const read = [...fieldsOf(bytes)]
      expect(read.map(({ number }) => number)).toEqual(written.map(({ number }) => number))
      expect(read.map(({ start }) => start)).toEqual([0, ...read.map(({ end }) => end)].slice(0, read.length))
      for (const [index, field] of read.entries()) {
        const source = written[index]!
        if ('integer' in source) expect(field.value).toBe(source.integer)
        else if ('text' in source)
          expect(bytes.toString('utf8', field.valueStart, field.end)).toBe(source.text)
        else expect(bytes.readFloatLE(field.valueStart)).toBe(source.float)
      }
    }),
  )
})

test('eight fixed bytes are one field', () => {
  const [field] = fieldsOf(Uint8Array.of(9, 1, 2, 3, 4, 5, 6, 7, 8))
  expect(field).toMatchObject({ number: 1, valueStart: 1, end: 9 })
})

test.each([
  ['a group, which nothing writes any more', [11]],
  ['a text that ends beyond the message', [10, 5, 1]],
  ['a number that ends beyond the message', [8, 0x80]],
])('%s is refused', (_, bytes) => {
  expect(() => [...fieldsOf(Uint8Array.from(bytes))]).toThrow(RangeError)
})
