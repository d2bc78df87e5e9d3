import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDistinct } from '../../../src/services/match/distinct.ts'

test('lists each different text once, as a map of strings would', () => {
  const alike = fc.constantFrom('', 'a', 'ab', `${'x'.repeat(40)}y${'x'.repeat(40)}`, 'x'.repeat(81), '护士')
  fc.assert(
    fc.property(fc.array(fc.oneof(alike, fc.string())), (list) => {
      const distinct = createDistinct()
      const places = list.map((text) => distinct.placeOf(text))
      expect(distinct.texts).toEqual([...new Set(list)])
      expect(places.map((place) => distinct.texts[place])).toEqual(list)
    }),
  )
})
