/**
 * How a model's raw score becomes a chance: `1 / (1 + exp(-slope × (score - midpoint)))` (Platt, 1999), fitted on
 * labelled pairs.
 */
export interface Calibration {
  /** The raw score at which fitting and unfitting pairs are as likely. */
  readonly midpoint: number
  readonly slope: number
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
export function calibrate(score: number, { midpoint, slope }: Calibration): number {
  return 1 / (1 + Math.exp(-slope * (score - midpoint)))
}

/** The band of a chance. */
export function bandOf(chance: number): Band {
  return BANDS.findLast(([, least]) => chance >= least)![0]
}
