import { languagePair, type TextLanguage } from './language.ts'

/**
 * How a model's raw score becomes a chance: `1 / (1 + exp(-slope × (score - midpoint)))` (Platt, 1999), fitted on
 * labelled pairs.
 */
export interface SigmoidCurve {
  /** The raw score at which fitting and unfitting pairs are as likely. */
  readonly midpoint: number
  readonly slope: number
}

/** A curve of any rising shape (isotonic regression), for a model that was measured on thousands of pairs. */
export interface PointCurve {
  /**
   * Raw scores, rising, each with its chance, which never falls; at least one. Between two points in proportion, beyond
   * them as at the last.
   */
  readonly points: readonly (readonly [score: number, chance: number])[]
}

/** How a raw score becomes a chance, 0 to 1; the higher score never has the lower chance. */
export type Curve = SigmoidCurve | PointCurve

/** The curve of all pairs, and those of single pairs of languages: texts that mean the same score lower across languages. */
export type Calibration = Curve & {
  /** By pair of languages: `en-en`, `en-zh`, `zh-zh`. */
  readonly pairs?: Readonly<Record<string, Curve>>
  /** How many texts it was measured on: in `all`, and by pair of languages; of a model learned from business data. */
  readonly titles?: Readonly<Record<string, number>>
}

/** From the worst band to the best, each with the least chance that belongs to it. */
const BANDS = [
  ['very low', 0],
  ['low', 0.2],
  ['medium', 0.4],
  ['high', 0.6],
  ['very high', 0.8],
] as const

/** A calibrated score in words. */
export type Band = (typeof BANDS)[number][0]

/** The chance, 0 to 1, that a pair of this raw score fits. */
export function calibrate(score: number, curve: Curve): number {
  if ('points' in curve) return between(score, curve.points)
  return 1 / (1 + Math.exp(-curve.slope * (score - curve.midpoint)))
}

/** A look-up by halves: a match may ask 20,000 times. */
function between(score: number, points: PointCurve['points']): number {
  let [low, high] = [0, points.length - 1]
  if (score <= points[low]![0]) return points[low]![1]
  if (score >= points[high]![0]) return points[high]![1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (points[middle]![0] <= score) low = middle
    else high = middle
  }
  const [[from, least], [to, most]] = [points[low]!, points[high]!]
  return least + ((score - from) / (to - from)) * (most - least)
}

/**
 * The curve for two texts by their languages; that of all pairs where one's language is not known or was not measured.
 *
 * @param one the language of the query, as `languageOf` tells it
 */
export function curveFor(
  calibration: Calibration,
  one: TextLanguage | undefined,
  other: TextLanguage | undefined,
): Curve {
  const pair = languagePair(one, other)
  const { pairs } = calibration
  return pair !== undefined && pairs && Object.hasOwn(pairs, pair) ? pairs[pair]! : calibration
}

/** The chances of raw scores of one query with several texts, each by the curve of its languages. */
export function calibrateTexts(
  scores: Float64Array,
  calibration: Calibration,
  query: TextLanguage | undefined,
  languages: readonly (TextLanguage | undefined)[],
): Float64Array {
  return scores.map((score, text) => calibrate(score, curveFor(calibration, query, languages[text])))
}

/** The band of a chance. */
export function bandOf(chance: number): Band {
  return BANDS.findLast(([, least]) => chance >= least)![0]
}
