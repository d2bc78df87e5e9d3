/** A token and the natural logarithm of its probability. */
export type LikelyToken = readonly [token: number, logprob: number]

/** How tokens are drawn. */
interface SamplingOptions {
  /** 0 takes the likeliest; at most 2. */
  readonly temperature: number
  /** Above 0, at most 1: the likeliest tokens that together have this probability are drawn from. */
  readonly topP: number
  /** The same seed draws the same; without one each answer is another. */
  readonly seed: number | undefined
}

/** Draws one of the likeliest tokens, which come likeliest first. */
export type Sampler = (likely: readonly LikelyToken[]) => LikelyToken

/** Draws tokens as asked; the numbers that it draws by are the same on every machine. */
export function createSampler({ temperature, topP, seed }: SamplingOptions): Sampler {
  if (temperature <= 0) return (likely) => likely[0]!
  const draw = seed === undefined ? Math.random : createDraws(seed)
  return (likely) => {
    const best = likely[0]![1]
    const weights = likely.map(([, logprob]) => Math.exp((logprob - best) / temperature))
    const all = weights.reduce((sum, weight) => sum + weight, 0)
    let count = 0
    let kept = 0
    while (count < weights.length && (count === 0 || kept < topP * all)) kept += weights[count++]!
    let left = draw() * kept
    for (let place = 0; place < count - 1; place++) {
      left -= weights[place]!
      if (left < 0) return likely[place]!
    }
    return likely[count - 1]!
  }
}

/** Numbers from 0 to 1, the end left out, in an order that a seed gives (mulberry32). */
function createDraws(seed: number): () => number {
  let state = (Math.floor(seed / 2 ** 32) * 0x9e3779b1) ^ (seed >>> 0)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
