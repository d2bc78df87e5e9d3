import { expect, it } from 'vitest'
import { releaseMemory } from '../../src/vector/release.ts'

/** A buffer that counts how often it was asked to give its memory away. */
function bufferOf(bytes: number) {
  const asked: number[] = []
  const buffer = new ArrayBuffer(bytes)
  Object.defineProperty(buffer, 'transfer', { value: (size: number) => asked.push(size) })
  return { view: new Uint8Array(buffer), asked }
}

it('gives back the memory of a large array, whole', () => {
  const { view, asked } = bufferOf(100_000)
  releaseMemory(view.subarray(10, 20))
  expect(asked).toEqual([0])
})

it('leaves a small one, which others may share', () => {
  const { view, asked } = bufferOf(8192)
  releaseMemory(view)
  expect(asked).toEqual([])
  const shared = Buffer.from('some text')
  releaseMemory(shared)
  expect(shared.toString()).toBe('some text')
})

it('leaves a buffer that cannot be given away', () => {
  const data = new Uint8Array(new SharedArrayBuffer(100_000)).fill(7)
  releaseMemory(data)
  expect(data[99_999]).toBe(7)
})

it('really empties an array where the runtime can', () => {
  const data = new Float32Array(50_000)
  releaseMemory(data)
  expect(data.length).toBe('transfer' in ArrayBuffer.prototype ? 0 : 50_000)
})
