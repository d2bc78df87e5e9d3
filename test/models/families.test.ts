import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildFixtures, FIXTURE_SEED, FIXTURES, shapeOf } from '../../scripts/models/fixtures.ts'
import { createWeights } from '../../scripts/models/shape.ts'
import { createContext } from '../../src/context.ts'
import { loadTokenizer } from '../../src/models/tokenizer.ts'
import { type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { runReference } from '../reference/forward.ts'
import { fixtureFolder, openFixtures } from '../support/fixtures.ts'

const TEXTS = [
  'Senior nurse, intensive care',
  '软件工程师',
  'the cat',
  'We are looking for a data engineer with experience in python, sql and the cloud (English + German)',
]

/** Closer than this to a tie, float32 and doubles may round an activation to neighbouring bytes. */
const TIE = 3e-5
/** What one activation on the wrong side of a tie can change. */
const ONE_STEP = 5e-3

/** Mean of the reference's vectors, of length 1. */
function poolReference(rows: number[][]): number[] {
  const mean = rows[0]!.map((_, column) => rows.reduce((sum, row) => sum + row[column]!, 0) / rows.length)
  const length = Math.hypot(...mean)
  return mean.map((value) => value / length)
}

function largestDifference(matrix: Matrix, row: number, expected: ArrayLike<number>): number {
  return Math.max(...Array.from(rowOf(matrix, row), (value, column) => Math.abs(value - expected[column]!)))
}

test('the script writes the fixtures that are committed, byte for byte', () => {
  for (const [path, content] of buildFixtures()) {
    expect(Buffer.from(content).equals(readFileSync(join(fixtureFolder, path)))).toBe(true)
  }
})

describe.each(FIXTURES)('$name', (fixture) => {
  const shape = shapeOf(fixture)
  const weights = createWeights(shape, FIXTURE_SEED)

  test.each(['float32', 'int8'] as const)('in %s equals plain arithmetic', async (precision) => {
    const engine = openFixtures()
    const tokenizer = await loadTokenizer(fixture.tokenizer(), { specialTokens: true, dropUnknown: false })
    const job = { model: `${fixture.name}-${precision}`, inputs: TEXTS, options: { deterministic: true } }
    const { vectors } = await engine.embed(job, createContext())
    for (const [row, text] of TEXTS.entries()) {
      const { ids, typeIds } = tokenizer.encode(text, { maxTokens: 64, truncate: 'end' })
      const { states, nearestTie } = runReference(shape, weights, precision === 'int8', ids, typeIds ?? [])
      const tolerance = nearestTie < TIE ? ONE_STEP : 1e-4
      expect(largestDifference(vectors, row, poolReference(states))).toBeLessThan(tolerance)
    }
  })

  const words = fc.constantFrom('nurse', 'data', 'engineer', '护', '士', 'xyz', ',', 'the')
  const texts = fc.array(
    fc.array(words, { minLength: 1, maxLength: 30 }).map((list) => list.join(' ')),
    { minLength: 2, maxLength: 6 },
  )

  test('a text embeds the same alone and in any batch', async () => {
    const engine = openFixtures()
    await fc.assert(
      fc.asyncProperty(texts, async (inputs) => {
        const model = `${fixture.name}-float32`
        const together = await engine.embed({ model, inputs, options: {} }, createContext())
        for (const [row, text] of inputs.entries()) {
          const alone = await engine.embed({ model, inputs: [text], options: {} }, createContext())
          expect(largestDifference(together.vectors, row, alone.vectors.data)).toBeLessThan(1e-5)
        }
      }),
      { numRuns: 15 },
    )
  })

  test('in int8 a text embeds bit for bit the same when asked to', async () => {
    const engine = openFixtures()
    await fc.assert(
      fc.asyncProperty(texts, async (inputs) => {
        const model = `${fixture.name}-int8`
        const options = { deterministic: true }
        const together = await engine.embed({ model, inputs, options }, createContext())
        for (const [row, text] of inputs.entries()) {
          const alone = await engine.embed({ model, inputs: [text], options }, createContext())
          expect(rowOf(together.vectors, row)).toEqual(alone.vectors.data)
        }
      }),
      { numRuns: 10 },
    )
  })
})

test('each architecture makes vectors of its own', async () => {
  const engine = openFixtures()
  const vectors = await Promise.all(
    FIXTURES.map(async ({ name }) => {
      const job = { model: `${name}-float32`, inputs: TEXTS.slice(0, 1), options: {} }
      return (await engine.embed(job, createContext())).vectors.data.join()
    }),
  )
  expect(new Set(vectors).size).toBe(FIXTURES.length)
})
