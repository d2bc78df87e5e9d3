import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toReply, toResponse } from '../../src/http/answer.ts'
import { answerInTurns, encodeInTurns } from '../../src/http/turns.ts'
import { ENCODINGS, encodeRows } from '../../src/vector/encoding.ts'
import { createMatrix, type Matrix } from '../../src/vector/matrix.ts'

const respondInTurns = async (...answer: Parameters<typeof answerInTurns>) =>
  toResponse(await toReply(answerInTurns(...answer)))

function matrixOf(rows: number, columns: number, seed: number): Matrix {
  const matrix = createMatrix(rows, columns)
  for (let index = 0; index < matrix.data.length; index++) matrix.data[index] = Math.sin(seed + index)
  return matrix
}

/** How often others got their turn while `work` was under way. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0
  let done = false
  const count = () => {
    if (done) return
    turns += 1
    setImmediate(count)
  }
  setImmediate(count)
  await work
  done = true
  return turns
}

const shapes = fc.record({
  rows: fc.integer({ min: 0, max: 70 }),
  columns: fc.integer({ min: 1, max: 3000 }),
  encoding: fc.constantFrom(...ENCODINGS),
})

test('an answer is the same however many turns it takes', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async ({ rows, columns, encoding }) => {
      const matrix = matrixOf(rows, columns, columns)
      const encoded = await encodeInTurns(matrix, encoding)
      expect(encoded).toEqual(encodeRows(matrix, encoding))
      const none = { list: [], object: {}, nothing: null, missing: undefined }
      const body = { model: 'é', ...encoded, none, nested: { encoded }, timing: { loadMs: 0.5 } }
      const response = await respondInTurns(body, matrix, { 'x-a': '1' })
      const expected = Response.json(body, { headers: { 'x-a': '1' } })
      expect([...response.headers]).toEqual([...expected.headers])
      expect(await response.text()).toBe(await expected.text())
      const list = await respondInTurns(encoded.embeddings, matrix, {})
      expect(await list.text()).toBe(JSON.stringify(encoded.embeddings))
    }),
    { numRuns: 40 },
  )
})

test('others get their turn while a large answer is made', async () => {
  const matrix = matrixOf(2048, 256, 1)
  expect(await turnsDuring(encodeInTurns(matrix, 'float'))).toBeGreaterThanOrEqual(31)
  const body = { ...encodeRows(matrix, 'float') }
  expect(await turnsDuring(respondInTurns(body, matrix, {}))).toBeGreaterThanOrEqual(31)
})

test('a small answer takes no turn', async () => {
  const matrix = matrixOf(16, 256, 1)
  expect(await turnsDuring(encodeInTurns(matrix, 'float'))).toBe(0)
  expect(await turnsDuring(respondInTurns({ ...encodeRows(matrix, 'float') }, matrix, {}))).toBe(0)
})
