import type { Calibration } from '../ranking/calibration.ts'
import { languageOf, languagePair } from '../ranking/language.ts'
import { rowOf } from '../vector/matrix.ts'
import { clampCosine } from '../vector/similarity.ts'
import { type LearnedCalibration, learnCalibration, type ScoredTitle } from './calibration.ts'
import { type LabelledRows, pickPairs } from './labelled-rows.ts'
import type { HeldBack } from './measure-fairness.ts'
import { createRandom, type Random } from './random.ts'
import type { Student } from './student.ts'

/** Queries at once: 512 × 3,039 products are 6 MB. */
const CHUNK = 512
const SEED = 2026

/**
 * Learns how the scores of what was learned become chances, on the queries that were held back.
 *
 * @param base the calibration of the model that it was learned from
 */
export async function measureCalibration(
  { catalogue, split, rows, products }: HeldBack,
  learned: Student,
  base: Calibration | undefined,
): Promise<LearnedCalibration | undefined> {
  const places = firstOfEach(split.validation, (place) => catalogue.pairs[place]!.key)
  const labels = await learned.labels(Int32Array.from(catalogue.labels, (_, label) => label))
  const labelLanguages = catalogue.labels.map(languageOf)
  const random = createRandom(SEED)
  const titles: ScoredTitle[] = []
  for (let start = 0; start < places.length; start += CHUNK) {
    const some = places.subarray(start, start + CHUNK)
    const held = pickPairs(rows, some)
    const scores = await products.timesTransposed(await learned.queries(held.queries), labels)
    some.forEach((place, row) => {
      const target = held.targets[row]!
      const languages = languagePair(languageOf(catalogue.pairs[place]!.query), labelLanguages[target])
      const title = titleOf(rowOf(scores, row), held, row, random)
      if (title) titles.push({ ...title, languages })
    })
  }
  return learnCalibration(titles, base)
}

function firstOfEach(places: Int32Array, keyOf: (place: number) => string): Int32Array {
  const seen = new Set<string>()
  return places.filter((place) => {
    const key = keyOf(place)
    return !seen.has(key) && seen.add(key)
  })
}

/** Undefined where every label is right. */
function titleOf(
  scores: Float32Array,
  { targets, siblings }: LabelledRows,
  row: number,
  random: Random,
): Omit<ScoredTitle, 'languages'> | undefined {
  const right = new Set([targets[row]!, ...siblings[row]!])
  if (right.size === scores.length) return undefined
  let best = 0
  for (let label = 1; label < scores.length; label++) if (scores[label]! > scores[best]!) best = label
  let other = random.below(scores.length)
  while (right.has(other)) other = (other + 1) % scores.length
  const scoreOf = (label: number) => clampCosine(scores[label]!)
  return {
    fitting: scoreOf(targets[row]!),
    unfitting: scoreOf(other),
    first: { score: scoreOf(best), isRight: right.has(best) },
  }
}
