import type { PointCurve } from '../ranking/calibration.ts'

/** Points of a curve at most: some 30 bytes each in a manifest, and finer than 4,000 pairs can tell. */
const MOST_POINTS = 64

/** Neighbouring scores that share one chance. */
interface Block {
  readonly count: number
  readonly scores: number
  readonly labels: number
}

/**
 * Fits a rising curve of any shape: isotonic regression by pooling neighbours that would fall (Ayer et al., 1955), each
 * pool a point at its mean score. Chances stay 1 / (n + 2) away from 0 and 1: n pairs are no proof of certainty.
 *
 * @param labels 1 for a fitting pair, 0 for an unfitting one; at least one
 */
export function fitIsotonic(scores: ArrayLike<number>, labels: ArrayLike<number>): PointCurve {
  const order = Array.from({ length: scores.length }, (_, index) => index)
  order.sort((one, other) => scores[one]! - scores[other]!)
  const blocks: Block[] = []
  let last: number | undefined
  for (const index of order) {
    const score = scores[index]!
    const block = { count: 1, scores: score, labels: labels[index]! }
    // Equal scores have one chance, whatever their order.
    if (score === last) blocks.push(joined(blocks.pop()!, block))
    else blocks.push(block)
    last = score
  }
  const pooled = thinned(poolFalling(blocks))
  const margin = 1 / (scores.length + 2)
  const bounded = (chance: number) => Math.min(1 - margin, Math.max(margin, chance))
  return {
    points: pooled.map((block) => [block.scores / block.count, bounded(chanceOf(block))] as const),
  }
}

function chanceOf({ labels, count }: Block): number {
  return labels / count
}

function joined(one: Block, other: Block): Block {
  return {
    count: one.count + other.count,
    scores: one.scores + other.scores,
    labels: one.labels + other.labels,
  }
}

/** Joins a block with the one before it as long as its chance is no higher; every block is joined once. */
function poolFalling(blocks: readonly Block[]): Block[] {
  const pools: Block[] = []
  for (const block of blocks) {
    let pool = block
    while (pools.length > 0 && chanceOf(pools.at(-1)!) >= chanceOf(pool)) pool = joined(pools.pop()!, pool)
    pools.push(pool)
  }
  return pools
}

/** Neighbours together, until there are few enough: the mean of two rising chances lies between them. */
function thinned(blocks: readonly Block[]): readonly Block[] {
  if (blocks.length <= MOST_POINTS) return blocks
  const halves: Block[] = []
  for (let index = 0; index < blocks.length; index += 2) {
    const next = blocks[index + 1]
    halves.push(next ? joined(blocks[index]!, next) : blocks[index]!)
  }
  return thinned(halves)
}
