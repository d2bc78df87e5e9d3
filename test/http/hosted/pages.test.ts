import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listOf, pageOf } from '../../../src/http/hosted/pages.ts'

const itemsOf = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `i${index}` }))
const asked = (given: Readonly<Record<string, string>>) => ({ parameter: (name: string) => given[name] })
const limits = { most: 100, usual: 20 }

test('who follows last_id from page to page sees each item once, in order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 9 }), (count, limit) => {
      const items = itemsOf(count)
      const seen: string[] = []
      let after = ''
      for (let more = true; more; ) {
        const page = pageOf(items, asked({ limit: String(limit), after }), limits)
        seen.push(...page.data.map(({ id }) => id))
        after = page.data.at(-1)?.id ?? ''
        more = page.hasMore
      }
      expect(seen).toEqual(items.map(({ id }) => id))
    }),
  )
})

test.each(['0', '101', '1.5', 'ten'])('the limit %j is refused by its name', (limit) => {
  expect(() => pageOf(itemsOf(3), asked({ limit }), limits)).toThrow('expected a whole number from 1 to 100')
})

test('an id that is not in the list is refused by its name', () => {
  expect(() => pageOf(itemsOf(3), asked({ after: 'gone' }), limits)).toThrow('The parameter after is gone')
})

test('an empty page has no first and no last item', () => {
  expect(listOf([], false)).toEqual({
    object: 'list',
    data: [],
    first_id: null,
    last_id: null,
    has_more: false,
  })
})
