import { expect, test } from 'vitest'
import { expectedMemory, fileBytesOf, measuredMemory } from '../../../src/models/engine/memory.ts'
import { manifestOf } from '../../support/manifests.ts'

const file = (bytes: number) => ({ path: `${bytes}`, bytes, sha256: '0'.repeat(64) })
const manifest = manifestOf({ id: 'small', files: [file(90), file(10)] })

test('expects twice the bytes of the files before a model was ever loaded', () => {
  expect(fileBytesOf(manifest)).toBe(100)
  expect(expectedMemory(manifest)).toBe(200)
})

test.each([
  [170, 170],
  [-50, 100],
  [5000, 300],
])('takes a growth of %i bytes for %i', (grown, expected) => {
  expect(measuredMemory(manifest, grown)).toBe(expected)
})
