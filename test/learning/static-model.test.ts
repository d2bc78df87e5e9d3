import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { shareCharacters } from '../../scripts/train/shared-rows.ts'
import { foldTable } from '../../scripts/train/static-model.ts'
import { encodeOnnx } from '../../src/formats/onnx.ts'
import { expandTable, quantizeTable, staticModel } from '../../src/learning/static-model.ts'

test('a Chinese word shares a row with each of its characters, nothing else does', () => {
  const pieces = ['[PAD]', 'nurse', '护', '士', '师', '护士', '护师']
  const { rows, count } = shareCharacters({ pieces, words: new Set(['护士', '护师']) })
  const [nurse, hu, shi, word, other] = [rows[1]!, rows[2]!, rows[3]!, rows[5]!, rows[6]!]
  expect(nurse).toEqual([1])
  expect(word).toEqual([5, hu[1], shi[1]])
  expect(other).toEqual([6, hu[1], rows[4]![1]])
  expect(count).toBe(10)
})

test('special pieces fold to zeros, the others to the sum of their rows', () => {
  const shared = { rows: [[0], [1, 2]], count: 3 }
  const table = { data: Float32Array.of(9, 9, 1, 2, 3, 4), rows: 3, columns: 2 }
  expect(foldTable(table, shared, 1)).toEqual({ data: Float32Array.of(0, 0, 4, 6), rows: 2, columns: 2 })
})

test('each row is rounded to steps of its own', () => {
  const table = { data: Float32Array.of(1, -0.25, 0.001, 127, 0, 0), rows: 3, columns: 2 }
  const { codes, scales } = quantizeTable(table)
  const again = quantizeTable(expandTable(quantizeTable(table)))
  expect([again.codes, again.scales]).toEqual([codes, scales])
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
