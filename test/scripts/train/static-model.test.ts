import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { createRandom } from '../../../scripts/random.ts'
import { foldTable, initialTable, quantizeTable, staticModel } from '../../../scripts/train/static-model.ts'
import { shareStems } from '../../../scripts/train/stems.ts'
import { encodeOnnx } from '../../../src/formats/onnx.ts'
import { rowOf } from '../../../src/vector/matrix.ts'

const pieces = ['[PAD]', 'nurse', '##nurse', 'nursing', 'baker', '护', '##s']

test('pieces share rows for the beginnings and words that occur twice', () => {
  const { rows, count } = shareStems(pieces)
  const [nurse, continuation, nursing, baker] = [rows[1]!, rows[2]!, rows[3]!, rows[4]!]
  expect(nurse.slice(1)).toEqual(continuation.slice(1))
  expect(nursing.slice(1)).toEqual([nurse[1]])
  expect([baker, rows[0], rows[5], rows[6]]).toEqual([[4], [0], [5], [6]])
  expect(count).toBe(10)
})

test('new vectors are as long as their pieces are rare', () => {
  const table = initialTable(shareStems(pieces), [0, 1, 1, 1, 1, 100, 10], 100, 4096, createRandom(1))
  const lengthOf = (row: number) => Math.hypot(...rowOf(table, row))
  expect(lengthOf(4)).toBeCloseTo(Math.log(100) / 4, 1)
  expect(lengthOf(6)).toBeCloseTo(Math.log(10) / 4, 1)
  expect(lengthOf(5)).toBe(0)
  const folded = foldTable(table, shareStems(pieces), 1)
  expect(Math.abs(Math.hypot(...rowOf(folded, 1)) / (Math.log(100) / 4) - 1)).toBeLessThan(0.1)
})

test('special pieces fold to zeros, the others to the sum of their rows', () => {
  const shared = { rows: [[0], [1, 2]], count: 3 }
  const table = { data: Float32Array.of(9, 9, 1, 2, 3, 4), rows: 3, columns: 2 }
  expect(foldTable(table, shared, 1)).toEqual({ data: Float32Array.of(0, 0, 4, 6), rows: 2, columns: 2 })
})

test('each row is rounded to steps of its own', () => {
  const table = { data: Float32Array.of(1, -0.25, 0.001, 127, 0, 0), rows: 3, columns: 2 }
  const { codes, scales } = quantizeTable(table)
  expect([...codes]).toEqual([127, -32, 0, 127, 0, 0])
  expect(scales[1]).toBe(1)
})

test('the runtime gives scaled rows, and zeros where the mask hides them', async () => {
  const quantized = {
    codes: Int8Array.of(1, 2, 3, 4, -5, 6),
    scales: Float32Array.of(1, 2, 0.5),
    rows: 3,
    columns: 2,
  }
  const session = await InferenceSession.create(encodeOnnx(staticModel(quantized, 'small')))
  expect(session.inputNames).toEqual(['input_ids', 'attention_mask'])
  const { last_hidden_state: output } = await session.run({
    input_ids: new Tensor('int64', BigInt64Array.of(1n, 2n, 0n, 1n), [2, 2]),
    attention_mask: new Tensor('int64', BigInt64Array.of(1n, 1n, 1n, 0n), [2, 2]),
  })
  expect(output!.dims).toEqual([2, 2, 2])
  expect([...(output!.data as Float32Array)]).toEqual([6, 8, -2.5, 3, 1, 2, 0, 0])
  await session.release()
})
