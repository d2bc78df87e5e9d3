import type { Products } from '../../src/learning/products.ts'
import { createMatrix, type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { normalizeRows } from '../../src/vector/normalize.ts'
import { centred, meanRow, principalAxes } from './axes.ts'
import type { Corpora } from './corpora.ts'
import type { Teacher } from './teacher.ts'

/** Unit vectors that texts should have, by text. */
export type Targets = ReadonlyMap<string, Float32Array>

/** Every so many texts are enough to find a mean or axes by. */
const MEAN_STEP = 4
const TITLE_STEP = 3
const WORD_STEP = 4

/**
 * What several teachers say of English texts, in the columns of the model that is trained: each teacher's vectors
 * without their mean, side by side, on their widest axes.
 */
export async function teachTargets(
  teachers: readonly Teacher[],
  corpora: Corpora,
  dimensions: number,
  products: Products,
): Promise<Targets> {
  const opinions: Record<keyof Corpora, Matrix>[] = []
  for (const teacher of teachers) opinions.push(await opinionOf(teacher, corpora))
  const { sentences, escoTitles, onetTitles, words } = Object.fromEntries(
    namesOf(corpora).map((name) => [name, joined(opinions.map((opinion) => opinion[name]))]),
  ) as Record<keyof Corpora, Matrix>
  const known = stacked([sentences, stepped(stacked([escoTitles, onetTitles]), TITLE_STEP)])
  const mean = meanRow(known)
  const sample = centred(stacked([known, stepped(words, WORD_STEP)]), mean)
  const axes = await principalAxes(sample, dimensions, products)
  const targets = new Map<string, Float32Array>()
  for (const name of namesOf(corpora)) {
    const together = joined(opinions.map((opinion) => opinion[name]))
    const seen = await products.timesTransposed(centred(together, mean), axes)
    normalizeRows(seen)
    corpora[name].forEach((text, row) => void targets.set(text, rowOf(seen, row)))
  }
  return targets
}

function namesOf(corpora: Corpora): (keyof Corpora)[] {
  return Object.keys(corpora) as (keyof Corpora)[]
}

/** One teacher's vectors without the mean of what it says of sentences and titles. */
async function opinionOf(teacher: Teacher, corpora: Corpora): Promise<Record<keyof Corpora, Matrix>> {
  const vectors: Partial<Record<keyof Corpora, Matrix>> = {}
  for (const name of namesOf(corpora)) vectors[name] = await teacher.vectorsOf(name, corpora[name])
  const { sentences, escoTitles, onetTitles } = vectors as Record<keyof Corpora, Matrix>
  const mean = meanRow(stepped(stacked([sentences, escoTitles, onetTitles]), MEAN_STEP))
  return Object.fromEntries(
    namesOf(corpora).map((name) => {
      const moved = centred(vectors[name]!, mean)
      normalizeRows(moved)
      return [name, moved]
    }),
  ) as Record<keyof Corpora, Matrix>
}

/** Matrices side by side, so that their rows have length 1 again. */
function joined(parts: readonly Matrix[]): Matrix {
  const columns = parts.reduce((sum, part) => sum + part.columns, 0)
  const whole = createMatrix(parts[0]!.rows, columns)
  let from = 0
  for (const part of parts) {
    for (let row = 0; row < whole.rows; row++) {
      rowOf(whole, row).set(
        rowOf(part, row).map((value) => value / Math.sqrt(parts.length)),
        from,
      )
    }
    from += part.columns
  }
  return whole
}

/** Matrices one below the other. */
function stacked(parts: readonly Matrix[]): Matrix {
  const whole = createMatrix(
    parts.reduce((sum, part) => sum + part.rows, 0),
    parts[0]!.columns,
  )
  let from = 0
  for (const part of parts) {
    whole.data.set(part.data, from)
    from += part.data.length
  }
  return whole
}

/** Every `step`-th row. */
function stepped(matrix: Matrix, step: number): Matrix {
  const some = createMatrix(Math.ceil(matrix.rows / step), matrix.columns)
  for (let row = 0; row < some.rows; row++) rowOf(some, row).set(rowOf(matrix, row * step))
  return some
}
