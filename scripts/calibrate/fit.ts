import type { Curve } from '../../src/ranking/calibration.ts'

/** Newton steps after which the two parameters stand still on any separable or overlapping data seen. */
const STEPS = 50
/** Keeps the slope finite when the classes do not overlap. */
const RIDGE = 1e-3

/**
 * Fits a calibration by logistic regression (Newton's method with a small ridge on the slope).
 *
 * @param labels 1 for a fitting pair, 0 for an unfitting one; both must occur
 */
export function fitCalibration(scores: ArrayLike<number>, labels: ArrayLike<number>): Curve {
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
