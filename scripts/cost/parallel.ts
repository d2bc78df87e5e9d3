/** The share of work that two threads share, by Amdahl, from the times of one and of two; from 0 to 1. */
export function parallelShare(oneMs: number, twoMs: number): number {
  return rounded(Math.min(1, Math.max(0, 2 * (1 - twoMs / oneMs))))
}

/** A number with three digits that matter. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
