import { languagePair, type TextLanguage } from './language.ts'

/**
 * How a model's raw score becomes a chance: `1 / (1 + exp(-slope × (score - midpoint)))` (Platt, 1999), fitted on
 * labelled pairs.
 */
export interface Curve {
  /** The raw score at which fitting and unfitting pairs are as likely. */
  readonly midpoint: number
  readonly slope: number
}

/** The curve of all pairs, and those of single pairs of languages: texts that mean the same score lower across languages. */
export interface Calibration extends Curve {
  /** By pair of languages: `en-en`, `en-zh`, `zh-zh`. */
  readonly pairs?: Readonly<Record<string, Curve>>
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
export function calibrate(score: number, { midpoint, slope }: Curve): number {
  return 1 / (1 + Math.exp(-slope * (score - midpoint)))
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
