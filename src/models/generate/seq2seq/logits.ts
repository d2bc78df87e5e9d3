import { AppError } from '../../../errors.ts'

/** The place of the greatest number, the first of several. */
export function likeliest(logits: Float32Array): number {
  let best = 0
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id
  return best
}

/**
 * What makes logarithms of chances of a model's numbers, when it is taken from each: the chances are those that the model
 * gives, whatever the temperature.
 *
 * @throws AppError `inference_failed` for NaN or an infinity
 */
export function logSum(logits: Float32Array, model: string): number {
  const most = logits[likeliest(logits)] ?? Number.NaN
  let sum = 0
  for (const logit of logits) sum += Math.exp(logit - most)
  const whole = most + Math.log(sum)
  if (Number.isFinite(whole)) return whole
  throw new AppError(
    'inference_failed',
    `Model ${model} gave NaN or an infinity in place of chances; its weights are broken: run "npm run models -- verify ${model}".`,
    { details: { model } },
  )
}

/** The places of the `count` greatest numbers, greatest first. */
export function greatest(logits: Float32Array, count: number): number[] {
  const best: number[] = []
  for (let id = 0; id < logits.length; id++) {
    if (best.length === count && (count === 0 || logits[id]! <= logits[best.at(-1)!]!)) continue
    const place = best.findIndex((other) => logits[id]! > logits[other]!)
    best.splice(place < 0 ? best.length : place, 0, id)
    if (best.length > count) best.pop()
  }
  return best
}
