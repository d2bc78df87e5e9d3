import { expect, test } from 'vitest'
import type { Condition } from '../../../src/collections/conditions.ts'
import { exclusionOf } from '../../../src/services/match/filters.ts'

const candidate = {
  id: '1',
  index: 0,
  fields: {
    city: 'Zürich',
    years: 4,
    remote: true,
    skills: ['Java', 'SQL', '护理'],
    place: { latitude: 47.37, longitude: 8.54 },
  },
}

test.each<[string, Condition, string | undefined]>([
  ['constructor', { equals: 'x' }, 'constructor is missing'],
  ['city', { equals: 'ZÜRICH' }, undefined],
  ['city', { equals: 'Bern' }, 'city is Zürich, not Bern'],
  ['remote', { equals: true }, undefined],
  ['years', { equals: 4 }, undefined],
  ['city', { in: ['Bern', 'zürich'] }, undefined],
  ['city', { in: ['Bern', 'Basel'] }, 'city is Zürich, none of Bern, Basel'],
  ['years', { min: 4, max: 4 }, undefined],
  ['years', { min: 5 }, 'years is 4, below 5'],
  ['years', { max: 3 }, 'years is 4, above 3'],
  ['city', { min: 1 }, 'city is Zürich, not a number'],
  ['skills', { hasAll: ['sql', '护理'] }, undefined],
  ['skills', { hasAll: ['SQL', 'Rust', 'Go'] }, 'skills lacks Rust, Go'],
  ['skills', { hasAny: ['Rust', 'java'] }, undefined],
  ['skills', { hasAny: ['Rust', 'Go'] }, 'skills has none of Rust, Go'],
  ['city', { hasAny: ['Zürich'] }, undefined],
  ['place', { within: { latitude: 47.0, longitude: 8.3, kilometres: 60 } }, undefined],
  [
    'place',
    { within: { latitude: 52.52, longitude: 13.4, kilometres: 600 } },
    'place is 670 km away, beyond 600 km',
  ],
  [
    'city',
    { within: { latitude: 0, longitude: 0, kilometres: 1 } },
    'city has no latitude of -90 to 90 and longitude of -180 to 180',
  ],
  ['salary', { min: 1 }, 'salary is missing'],
  ['skills', { equals: 'x'.repeat(3) }, 'skills is ["Java","SQL","护理"], not xxx'],
])('%s %j → %s', (field, condition, reason) => {
  expect(exclusionOf(candidate, { [field]: condition })).toBe(reason)
})

test('a candidate passes only when every condition of the filters holds', () => {
  expect(exclusionOf(candidate, { city: { equals: 'Zürich' }, years: { min: 9 } })).toBe(
    'years is 4, below 9',
  )
  expect(exclusionOf(candidate, {})).toBeUndefined()
})

test('of 9,000 wanted values that a candidate lacks, ten are named and the others counted', () => {
  const hasAll = ['Java', ...Array.from({ length: 9000 }, (_, index) => `skill ${index}`)]
  expect(exclusionOf(candidate, { skills: { hasAll } })).toBe(
    `skills lacks ${hasAll.slice(1, 11).join(', ')} and 8990 more`,
  )
})
