import type { Interval } from './bootstrap.ts'
import type { Catalogue } from './catalogue.ts'
import { type LabelledRows, pickPairs } from './labelled-rows.ts'
import { gainsOf, lineOf, permutedPlaces, popularPlaces, type Validation } from './measure.ts'
import type { Products } from './products.ts'
import { createRandom } from './random.ts'
import { placesOf } from './ranking-scores.ts'
import type { LearningReport, SeedReport } from './report.ts'
import { drawResamples } from './resamples.ts'
import type { Split } from './split.ts'
import type { Student } from './student.ts'

/** What is measured with. */
interface MeasuredTask {
  readonly catalogue: Catalogue
  readonly split: Split
  readonly rows: LabelledRows
  readonly products: Products
}

/** Everything that the held back queries say. */
export interface MeasuredLearning extends Pick<LearningReport, 'lines' | 'seeds'> {
  readonly gains: LearningReport['gains'] & { readonly micro: Interval }
  /** Held back pairs whose label has no pair among the others. */
  readonly withoutPairs: number
}

const SAMPLES = 1000
const SEED = 2026

/** Measures the base and what was learned, the mean and each seed, on the queries that were held back. */
export async function measureLearning(
  { catalogue, split, rows, products }: MeasuredTask,
  [base, learned]: readonly [Student, Student],
  seeds: readonly { readonly seed: number; readonly epoch: number; readonly student: Student }[],
): Promise<MeasuredLearning> {
  const held = pickPairs(rows, split.validation)
  const counts = new Float64Array(catalogue.labels.length)
  for (const place of split.fit) counts[rows.targets[place]!]! += 1
  const keys = Array.from(split.validation, (place) => catalogue.pairs[place]!.key)
  const validation: Validation = {
    ...held,
    isNew: Array.from(held.targets, (target) => counts[target] === 0),
    resamples: drawResamples(keys, SAMPLES, createRandom(SEED)),
  }
  const everyLabel = Int32Array.from(catalogue.labels, (_, label) => label)
  const vectorsOf = async (student: Student) => ({
    queries: await student.queries(held.queries),
    labels: await student.labels(everyLabel),
  })
  const placesBy = async (student: Student) => {
    const { queries, labels } = await vectorsOf(student)
    return placesOf(queries, labels, held, products)
  }
  const before = await vectorsOf(base)
  const places = {
    base: await placesOf(before.queries, before.labels, held, products),
    learned: await placesBy(learned),
    popularity: await popularPlaces(before, validation, counts, products),
    permuted: await permutedPlaces(before, validation, products, createRandom(SEED)),
  }
  const reports: SeedReport[] = []
  for (const { seed, epoch, student } of seeds) {
    const { micro, macro, withoutPairs } = gainsOf(places.base, await placesBy(student), validation)
    const others = withoutPairs && { withoutPairs: withoutPairs.mean }
    reports.push({ seed, epoch, micro: micro.mean, macro: macro.mean, ...others })
  }
  return {
    lines: {
      base: lineOf(places.base, validation),
      learned: lineOf(places.learned, validation),
      popularity: lineOf(places.popularity, validation),
      permuted: lineOf(places.permuted, validation),
    },
    gains: {
      ...gainsOf(places.base, places.learned, validation),
      popularity: gainsOf(places.base, places.popularity, validation).micro,
    },
    seeds: reports,
    withoutPairs: validation.isNew.filter(Boolean).length,
  }
}
