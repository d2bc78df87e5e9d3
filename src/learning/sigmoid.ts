import type { SigmoidCurve } from '../ranking/calibration.ts'

/** Newton steps after which the two parameters stand still on any separable or overlapping data seen. */
const STEPS = 50
/** Keeps the slope finite when the classes do not overlap. */
const RIDGE = 1e-3
/** A step that makes it worse is halved at most so often: what is left of it is rounding. */
const HALVINGS = 30

/**
 * Fits a calibration by logistic regression (Newton's method with a small ridge on the slope). A step that would make it
 * worse, as the first ones may where scores tell the classes apart almost without fault, is halved.
 *
 * @param labels 1 for a fitting pair, 0 for an unfitting one; both must occur
 */
export function fitCalibration(scores: ArrayLike<number>, labels: ArrayLike<number>): SigmoidCurve {
  let [slope, offset] = [1, 0]
  let loss = lossOf(scores, labels, slope, offset)
  for (let step = 0; step < STEPS; step++) {
    let [slopeStep, offsetStep] = newtonStep(scores, labels, slope, offset)
    let next = lossOf(scores, labels, slope - slopeStep, offset - offsetStep)
    for (let halving = 0; halving < HALVINGS && !(next <= loss); halving++) {
      slopeStep /= 2
      offsetStep /= 2
      next = lossOf(scores, labels, slope - slopeStep, offset - offsetStep)
    }
    if (!(next <= loss)) break
    slope -= slopeStep
    offset -= offsetStep
    loss = next
  }
  return { midpoint: -offset / slope, slope }
}

function newtonStep(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  slope: number,
  offset: number,
): [slope: number, offset: number] {
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
  return [
    (offsetOffset * slopeGradient - slopeOffset * offsetGradient) / determinant,
    (slopeSlope * offsetGradient - slopeOffset * slopeGradient) / determinant,
  ]
}

/** The sum of `-log chance` of what is so, and the ridge; `log1p` of a power that cannot overflow. */
function lossOf(scores: ArrayLike<number>, labels: ArrayLike<number>, slope: number, offset: number): number {
  let sum = (RIDGE / 2) * slope * slope
  for (let index = 0; index < scores.length; index++) {
    const logit = slope * scores[index]! + offset
    sum += Math.max(0, logit) - labels[index]! * logit + Math.log1p(Math.exp(-Math.abs(logit)))
  }
  return sum
}
