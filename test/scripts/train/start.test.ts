import { expect, test } from 'vitest'
import { shareCharacters } from '../../../scripts/train/shared-rows.ts'
import { carryCharacters, startTable } from '../../../scripts/train/start.ts'
import type { Teacher } from '../../../scripts/train/teacher.ts'
import { SPECIAL_TOKENS, type Vocabulary } from '../../../scripts/train/vocabulary.ts'
import { openProducts } from '../../../src/learning/products.ts'
import { createMatrix, type Matrix, rowOf } from '../../../src/vector/matrix.ts'
import { dot } from '../../../src/vector/similarity.ts'

const pieces = [...SPECIAL_TOKENS, 'nurse', 'driver', '护', '士', '护士']
const placeOf = (piece: string) => pieces.indexOf(piece)
const vocabulary: Vocabulary = { pieces, words: new Set(['护士']), keys: new Map() }
const unit = (column: number) => Float32Array.from({ length: 4 }, (_, at) => (at === column ? 1 : 0))

function start(seed = 1): { table: Matrix; rowsOf: (piece: string) => readonly number[] } {
  const shared = shareCharacters({ pieces, words: vocabulary.words })
  const table = startTable({
    vocabulary,
    shared,
    dimensions: 4,
    frequencies: pieces.map((piece) => (piece === 'driver' ? 100 : 1)),
    documents: 1000,
    targets: new Map([
      ['nurse', unit(0)],
      ['driver', unit(1)],
    ]),
    characters: new Map([['护', unit(2)]]),
    glosses: new Map([['护士', [{ text: 'nurse', job: 2 }]]]),
    idsOf: (text) => [placeOf(text)],
    seed,
  })
  return { table, rowsOf: (piece) => shared.rows[placeOf(piece)]! }
}

function cosine(one: Float32Array, other: Float32Array): number {
  return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other))
}

test('an English piece starts as its teacher sees it, as long as it is rare', () => {
  const { table, rowsOf } = start()
  const [nurse, driver] = [rowOf(table, rowsOf('nurse')[0]!), rowOf(table, rowsOf('driver')[0]!)]
  expect(cosine(nurse, unit(0))).toBeGreaterThan(0.9)
  expect(Math.sqrt(dot(nurse, nurse))).toBeCloseTo(0.25 * Math.log(1000), 5)
  expect(Math.sqrt(dot(driver, driver))).toBeCloseTo(0.25 * Math.log(10), 5)
})

test('a character gives half of itself to the row that it shares with words', () => {
  const { table, rowsOf } = start()
  const [own, common] = rowsOf('护')
  expect(rowOf(table, own!)).toEqual(rowOf(table, common!))
  expect(cosine(rowOf(table, own!), unit(2))).toBeGreaterThan(0.9)
})

test('a Chinese word starts as what its gloss means', () => {
  const { table, rowsOf } = start()
  const word = rowOf(table, rowsOf('护士')[0]!)
  expect(cosine(word, rowOf(table, rowsOf('nurse')[0]!))).toBeCloseTo(1, 5)
})

test('the same seed gives the same table, another one another', () => {
  expect(start(1).table).toEqual(start(1).table)
  expect(start(1).table).not.toEqual(start(2).table)
})

test('characters are carried over by the map that takes Chinese sentences to their translations', async () => {
  const products = await openProducts()
  const sentences = Array.from({ length: 60 }, (_, index) => `句${index}`)
  const english = sentences.map((_, index) => `sentence ${index}`)
  // The Chinese model has the columns of the English one in another order.
  const turned = (vector: Float32Array) => Float32Array.of(vector[1]!, vector[2]!, vector[0]!)
  const basis = (index: number) => {
    const vector = Float32Array.of(Math.sin(index), Math.cos(index * 1.7), Math.sin(index * 2.3 + 1))
    const length = Math.hypot(...vector)
    return vector.map((value) => value / length)
  }
  const teacher: Teacher = {
    async vectorsOf(name, texts) {
      const vectors = createMatrix(texts.length, 3)
      texts.forEach((_, row) => {
        rowOf(vectors, row).set(turned(basis(name === 'sentences' ? row : 100 + row)))
      })
      return vectors
    },
    close: async () => {},
  }
  const targets = new Map(english.map((text, index) => [text, basis(index)]))
  const translations = new Map(sentences.map((sentence, index) => [sentence, english[index]!]))
  const carried = await carryCharacters(
    teacher,
    ['nurse', '护', '士', '护士'],
    translations,
    targets,
    products,
  )
  await products.close()
  expect([...carried.keys()]).toEqual(['护', '士'])
  expect(cosine(carried.get('士')!, basis(101))).toBeGreaterThan(0.98)
})
