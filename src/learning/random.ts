/** A seeded stream of numbers: the same seed gives the same stream on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** A whole number in [0, `bound`). */
  below(bound: number): number
  /** Normal with mean 0 and variance 1. */
  normal(): number
}

/** sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state in four 32-bit words, started from one number. */
export function createRandom(seed: number): Random {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = 0xb7e15162
  let counter = seed | 0
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4294967296
  }
  // Neighbouring seeds give alike first numbers; a few rounds separate them.
  for (let round = 0; round < 16; round++) next()
  return {
    next,
    below: (bound) => Math.floor(next() * bound),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
}

/** Orders `items` anew in place (Fisher and Yates) and returns them. */
export function shuffle<List extends { readonly length: number; [place: number]: unknown }>(
  items: List,
  random: Pick<Random, 'below'>,
): List {
  for (let index = items.length - 1; index > 0; index--) {
    const other = random.below(index + 1)
    const held = items[index] as List[number]
    items[index] = items[other] as List[number]
    items[other] = held
  }
  return items
}
