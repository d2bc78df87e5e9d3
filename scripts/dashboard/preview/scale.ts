/** What an axis shows: from 0 to its top, with a few round marks on the way. */
export interface Scale {
  readonly top: number
  readonly marks: readonly number[]
}

const MOST_MARKS = 4
const ROUND_STEPS = [1, 2, 2.5, 5, 10]

/** The scale of an axis that has room for `largest`, which is above 0, or that ends at `limit`. */
export function scaleFor(largest: number, limit?: number): Scale {
  const rough = (limit ?? largest) / MOST_MARKS
  const power = 10 ** Math.floor(Math.log10(rough))
  const step =
    ROUND_STEPS.map((factor) => factor * power).find((candidate) => candidate >= rough * 0.999) ?? rough
  const count = Math.max(1, Math.ceil((limit ?? largest) / step - 1e-9))
  return {
    top: limit ?? count * step,
    marks: Array.from({ length: count + 1 }, (_, index) => index * step),
  }
}

/** A number in few characters: 1.5k, 12M, 0.25. */
export function short(value: number): string {
  const sizes = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const
  for (const [size, letter] of sizes) if (Math.abs(value) >= size) return `${trimmed(value / size)}${letter}`
  return trimmed(value)
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)))
}
