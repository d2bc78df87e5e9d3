import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blendJudge, type JudgeScore } from '../../src/ranking/judge.ts'
import { sharedFolder, testWithShared } from '../support/shared.ts'

const honest = (score: number): JudgeScore => ({ score, flagged: false })
const flagged = (score: number): JudgeScore => ({ score, flagged: true })

const probability = fc.double({ min: 0, max: 1, noNaN: true })
const falling = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 })
  .map((scores) => scores.sort((one, other) => other - one))
/** A ranking, and what a judge said of some of it. */
const ranked = falling.chain((scores) =>
  fc.record({
    scores: fc.constant(scores),
    judged: fc.array(
      fc.option(fc.record({ score: probability, flagged: fc.boolean() }), { nil: undefined }),
      {
        minLength: scores.length,
        maxLength: scores.length,
      },
    ),
    weight: fc.double({ min: 0, max: 2, noNaN: true }),
  }),
)

describe('the blend of a judge', () => {
  it.each<[string, number[], (JudgeScore | undefined)[], number, number[]]>([
    ['swaps near neighbours', [0.5, 0.49, 0.2], [honest(0.1), honest(0.9), honest(0.1)], 0.25, [1, 0, 2]],
    [
      'does not lift the last over the first',
      [0.9, 0.2, 0.1],
      [honest(0.2), honest(0.2), honest(0.9)],
      0.25,
      [0, 2, 1],
    ],
    [
      'leaves those that were not judged',
      [0.5, 0.49, 0.48, 0.2],
      [honest(0.1), undefined, honest(0.9), honest(0.1)],
      0.5,
      [2, 1, 0, 3],
    ],
    ['takes no number for not judged', [0.5, 0.49], [honest(Number.NaN), honest(0.9)], 0.5, [0, 1]],
    ['does nothing without weight', [0.5, 0.49], [honest(0), honest(1)], 0, [0, 1]],
    ['decides between equals', [0.5, 0.5], [honest(0.1), honest(0.9)], 0.25, [1, 0]],
    [
      'never lifts a flagged candidate',
      [0.5, 0.49, 0.2],
      [honest(0.1), flagged(0.9), honest(0.1)],
      0.5,
      [0, 1, 2],
    ],
    [
      'lets a flagged candidate fall',
      [0.5, 0.49, 0.2],
      [flagged(0.1), honest(0.9), honest(0.1)],
      0.5,
      [1, 0, 2],
    ],
    ['orders nobody', [], [], 0.25, []],
  ])('%s', (_, scores, judged, weight, order) => {
    expect(blendJudge(scores, judged, weight)).toEqual(order)
  })

  it('loses nobody, and moves nobody that was not judged', () => {
    fc.assert(
      fc.property(ranked, ({ scores, judged, weight }) => {
        const order = blendJudge(scores, judged, weight)
        expect([...order].sort((one, other) => one - other)).toEqual(scores.map((_, place) => place))
        judged.forEach((score, place) => {
          if (!score) expect(order[place]).toBe(place)
        })
      }),
    )
  })

  it('changes nothing when it says the same of everyone, flagged or not', () => {
    fc.assert(
      fc.property(ranked, probability, ({ scores, judged, weight }, said) => {
        const same = judged.map((score) => score && { ...score, score: said })
        expect(blendJudge(scores, same, weight)).toEqual(scores.map((_, place) => place))
      }),
    )
  })

  it('never puts a flagged candidate above one that it stood below', () => {
    fc.assert(
      fc.property(ranked, ({ scores, judged, weight }) => {
        const order = blendJudge(scores, judged, weight)
        order.forEach((place, now) => {
          if (!judged[place]?.flagged) return
          expect(now).toBeGreaterThanOrEqual(place)
        })
      }),
    )
  })

  it('counts a weight above 0.5 as 0.5', () => {
    fc.assert(
      fc.property(ranked, ({ scores, judged }) => {
        expect(blendJudge(scores, judged, 100)).toEqual(blendJudge(scores, judged, 0.5))
      }),
    )
  })

  it('makes nothing of differences that are rounding', () => {
    const judged = [0.9990001, 0.9990002, 0.9990003].map(honest)
    expect(blendJudge([0.501, 0.5, 0.499], judged, 0.5)).toEqual([0, 1, 2])
  })
})

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** nDCG at 10 of gains in ranked order. */
function ndcg(gains: readonly number[]): number {
  const sum = (list: readonly number[]) =>
    list.slice(0, 10).reduce((total, gain, place) => total + (2 ** gain - 1) / Math.log2(place + 2), 0)
  return sum(gains) / sum([...gains].sort((one, other) => other - one))
}

/** Ten candidates of a recall that is right about half of the time at the first place, as was measured. */
function list(random: () => number): { gains: number[]; scores: number[] } {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const gold = Math.floor(random() * 10)
  const candidates = Array.from({ length: 10 }, (_, index) => {
    const gain = index === gold ? 1 : 0
    return { gain, score: 0.5 + 0.1 * normal() + 0.17 * gain }
  }).sort((one, other) => other.score - one.score)
  return { gains: candidates.map(({ gain }) => gain), scores: candidates.map(({ score }) => score) }
}

describe('a judge of random scores', () => {
  testWithShared(
    'costs a real recall of 100 vacancies at most 0.02 of nDCG@10',
    ['lab/llm/judge-set.json'],
    async () => {
      const lists: { gold: number; cands: { cos: number }[] }[] = JSON.parse(
        await readFile(join(sharedFolder, 'lab/llm/judge-set.json'), 'utf8'),
      )
      const random = randomFrom(7)
      const losses = lists.flatMap(({ gold, cands }) => {
        const scores = cands.map(({ cos }) => cos)
        const gains = cands.map((_, place) => (place === gold ? 1 : 0))
        return Array.from({ length: 50 }, () => {
          const order = blendJudge(
            scores,
            scores.map(() => honest(random())),
          )
          return ndcg(gains) - ndcg(order.map((place) => gains[place]!))
        })
      })
      expect(losses.reduce((sum, loss) => sum + loss, 0) / losses.length).toBeLessThanOrEqual(0.02)
    },
  )

  it('lowers nDCG@10 by at most 0.02 at the default weight', () => {
    const random = randomFrom(19)
    const lists = Array.from({ length: 4000 }, () => list(random))
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    const before = mean(lists.map(({ gains }) => ndcg(gains)))
    const after = mean(
      lists.map(({ gains, scores }) => {
        const order = blendJudge(
          scores,
          scores.map(() => honest(random())),
        )
        return ndcg(order.map((place) => gains[place]!))
      }),
    )
    expect(before).toBeGreaterThan(0.7)
    expect(before).toBeLessThan(0.82)
    expect(before - after).toBeLessThanOrEqual(0.02)
    expect(before - after).toBeGreaterThan(0)
  })
})
