import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leavesOf, segmentsOf } from '../../src/page/highlight.ts'
import { placeLabels } from '../../src/page/labels.ts'
import { cosinesOf, planeOf } from '../../src/page/plane.ts'

describe('marked passages', () => {
  it('cut a text into pieces, the first passage first where two overlap', () => {
    const passages = [
      { start: 2, end: 5, mark: 1 },
      { start: 4, end: 9, mark: 2 },
    ]
    expect(segmentsOf('ab护士cdefgh', passages)).toEqual([
      { text: 'ab' },
      { text: '护士c', mark: 1 },
      { text: 'defg', mark: 2 },
      { text: 'h' },
    ])
  })

  it('lose nothing of a text and add nothing to it, wherever they lie', () => {
    const passage = fc.record({
      start: fc.integer({ min: -5, max: 40 }),
      end: fc.integer({ min: -5, max: 40 }),
      mark: fc.nat(5),
    })
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.array(passage, { maxLength: 6 }), (text, passages) => {
        const segments = segmentsOf(text, passages)
        expect(segments.map((segment) => segment.text).join('')).toBe(text)
        expect(segments.every((segment) => segment.text !== '')).toBe(true)
      }),
    )
  })

  it('find each text of a document by the path that explanations give', () => {
    expect(leavesOf([{ title: 'a', at: null }, 3], 'past')).toEqual([
      ['past[0].title', 'a'],
      ['past[1]', '3'],
    ])
  })
})

describe('the map of texts', () => {
  it('lays vectors of one plane as they lie, but for turns and mirrors', () => {
    const vectors = [
      [0, 0, 5],
      [4, 0, 5],
      [0, 3, 5],
      [4, 3, 5],
    ]
    const { points, shown } = planeOf(vectors)
    const distance = (one: readonly number[], other: readonly number[]) =>
      Math.hypot(...one.map((value, index) => value - other[index]!))
    for (const [one, vector] of vectors.entries()) {
      for (const [other, second] of vectors.entries()) {
        expect(distance(points[one]!, points[other]!)).toBeCloseTo(distance(vector, second), 6)
      }
    }
    expect(shown).toBeCloseTo(1, 9)
  })

  it('says how much of the differences it shows', () => {
    const corners = [
      [3, 0, 0],
      [-3, 0, 0],
      [0, 2, 0],
      [0, -2, 0],
      [0, 0, 1],
      [0, 0, -1],
    ]
    expect(planeOf(corners).shown).toBeCloseTo((18 + 8) / (18 + 8 + 2), 6)
  })

  it('puts vectors that are all the same into one place, and shows all there is', () => {
    expect(
      planeOf([
        [1, 2],
        [1, 2],
      ]),
    ).toEqual({
      points: [
        [0, 0],
        [0, 0],
      ],
      shown: 1,
    })
  })

  it('gives the same map for the same vectors, with finite places and a share between 0 and 1', () => {
    const vector = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(vector, { minLength: 1, maxLength: 8 }), (vectors) => {
        const plane = planeOf(vectors)
        expect(planeOf(vectors)).toEqual(plane)
        expect(plane.points.flat().every(Number.isFinite)).toBe(true)
        expect(plane.shown).toBeGreaterThanOrEqual(0)
        expect(plane.shown).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('cosines of texts', () => {
  it('are 1 along, 0 across and 0 beside a vector of zeros', () => {
    expect(
      cosinesOf([
        [2, 0],
        [0, 3],
        [0, 0],
      ]),
    ).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 0],
    ])
  })
})

describe('words beside points', () => {
  it('stand on the right, on the left at the edge, and on another line where words would cover each other', () => {
    const labels = placeLabels(
      [
        [10, 50],
        [390, 50],
        [12, 52],
      ],
      ['nurse', 'truck driver', '护士'],
      400,
    )
    expect(labels[0]).toMatchObject({ x: 19, anchor: 'start' })
    expect(labels[1]).toMatchObject({ x: 381, anchor: 'end' })
    expect(Math.abs(labels[2]!.y - labels[0]!.y)).toBeGreaterThanOrEqual(16)
  })

  it('keep a first place where there is none that is free', () => {
    const crowd = Array.from({ length: 9 }, (): [number, number] => [50, 50])
    expect(
      placeLabels(
        crowd,
        crowd.map(() => 'nurse'),
        400,
      ),
    ).toHaveLength(9)
  })
})
