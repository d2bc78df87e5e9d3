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
/** Of 3,039 labels the nearest hundred. */
const NEAR_PARTS = 30

/**
 * Learns how the scores of what was learned become chances, on the queries that were held back. Beside the own label stands
 * a wrong one: of two queries in four one of the nearest, of the others any.
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

/** A wrong label among the nearest thirtieth of them: what a match shows beside the right one, and not bakers for nurses. */
function nearMiss(scores: Float32Array, right: ReadonlySet<number>, random: Random): number {
  const wrong = Array.from(scores.keys()).filter((label) => !right.has(label))
  wrong.sort((one, other) => scores[other]! - scores[one]! || one - other)
  return wrong[random.below(Math.max(1, Math.floor(wrong.length / NEAR_PARTS)))]!
}

function anyWrong(count: number, right: ReadonlySet<number>, random: Random): number {
  let label = random.below(count)
  while (right.has(label)) label = (label + 1) % count
  return label
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
  // In pairs: a calibration is judged by halves of every second title, which should have as many of both.
  const other = row % 4 < 2 ? nearMiss(scores, right, random) : anyWrong(scores.length, right, random)
  const scoreOf = (label: number) => clampCosine(scores[label]!)
  return {
    fitting: scoreOf(targets[row]!),
    unfitting: scoreOf(other),
    first: { score: scoreOf(best), isRight: right.has(best) },
  }
}
