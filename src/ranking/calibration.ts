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

/** Newton steps after which the two parameters stand still on any separable or overlapping data seen. */
const STEPS = 50
/** Keeps the slope finite when the classes do not overlap. */
const RIDGE = 1e-3

/**
 * Fits a calibration by logistic regression (Newton's method with a small ridge on the slope).
 *
 * @param labels 1 for a fitting pair, 0 for an unfitting one; both must occur
 */
export function fitCalibration(scores: ArrayLike<number>, labels: ArrayLike<number>): Calibration {
  let [slope, offset] = [1, 0]
  for (let step = 0; step < STEPS; step++) {
    let [slopeGradient, offsetGradient, slopeSlope, slopeOffset, offsetOffset] = [
      RIDGE * slope,
      0,
      RIDGE,
      0,
      1e-9,
    ]
    for (let index = 0; index < scores.length; index++) {
      const score = scores[index]!
      const chance = 1 / (1 + Math.exp(-(slope * score + offset)))
      const error = chance - labels[index]!
      const curvature = chance * (1 - chance)
      slopeGradient += error * score
      offsetGradient += error
      slopeSlope += curvature * score * score
      slopeOffset += curvature * score
      offsetOffset += curvature
    }
    const determinant = slopeSlope * offsetOffset - slopeOffset * slopeOffset
    slope -= (offsetOffset * slopeGradient - slopeOffset * offsetGradient) / determinant
    offset -= (slopeSlope * offsetGradient - slopeOffset * slopeGradient) / determinant
  }
  return { midpoint: -offset / slope, slope }
}
