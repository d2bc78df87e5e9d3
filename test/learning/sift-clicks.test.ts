import { expect, test } from 'vitest'
import { siftClicks } from '../../src/learning/sift-clicks.ts'

type Source = 'label' | 'hire' | 'interview' | 'click'

/** Pairs of one query each; the first `held` are held back. A number beside a click: how many labels it passed over. */
function sift(held: number, ...rows: readonly (Source | number)[]) {
  const pairs = rows.map((row, place) => ({
    key: `q${place}`,
    source: typeof row === 'number' ? ('click' as const) : row,
  }))
  const contrasts = rows.map((row) => (typeof row === 'number' ? new Int32Array(row) : undefined))
  const split = {
    by: 'query' as const,
    validation: Int32Array.from({ length: held }, (_, place) => place),
    fit: Int32Array.from({ length: rows.length - held }, (_, place) => held + place),
  }
  const { split: sifted, notes } = siftClicks(split, pairs, contrasts)
  return { fit: [...sifted.fit], validation: [...sifted.validation], notes }
}

test('a click that passed over nothing teaches nothing; hires and labels need no list', () => {
  expect(sift(1, 'label', 0, 2, 'hire', 'interview', 'label')).toEqual({
    validation: [0],
    fit: [2, 3, 4, 5],
    notes: [expect.stringContaining('1 clicks teach nothing')],
  })
})

test('clicks do not judge where fifty surer queries can', () => {
  const sure = Array.from({ length: 50 }, () => 'hire' as const)
  const { validation, notes } = sift(52, ...sure, 3, 0, 'label')
  expect(validation).toHaveLength(50)
  expect(notes).toEqual([expect.stringContaining('2 clicks were held back and do not judge')])
})

test('with fewer surer queries clicks judge, and it is said whom they favour', () => {
  const { validation, notes } = sift(3, 'hire', 3, 1, 'label')
  expect(validation).toEqual([0, 1, 2])
  expect(notes).toEqual([expect.stringContaining('2 of 3 pairs that judge are clicks')])
})

test('without clicks nothing is left out and nothing is said', () => {
  expect(sift(1, 'label', 'hire')).toEqual({ validation: [0], fit: [1], notes: [] })
})
