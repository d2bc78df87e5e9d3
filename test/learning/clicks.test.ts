import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clickWeight, skippedAbove } from '../../src/learning/clicks.ts'
import { readPair } from '../../src/learning/pairs.ts'

test.each([
  [1, 0.2],
  [2, 0.4],
  [5, 1],
  [10, 2],
  [11, 2],
  [1000, 2],
])('a click at place %d weighs %d', (position, weight) => {
  expect(clickWeight(position)).toBeCloseTo(weight, 12)
  const row = { query: 'a', positive: 'b', source: 'click', position }
  expect(readPair(row).weight).toBeCloseTo(weight, 12)
  expect(readPair({ ...row, weight: 3 }).weight).toBeCloseTo(3 * weight, 12)
})

test('no click weighs more than ten of the first place, nor less than one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (position) => {
      const ratio = clickWeight(position) / clickWeight(1)
      expect(ratio).toBeGreaterThanOrEqual(1)
      expect(ratio).toBeLessThanOrEqual(10)
      expect(clickWeight(position + 1)).toBeGreaterThanOrEqual(clickWeight(position))
    }),
  )
})

const shown = ['j1', 'j2', 'j3', 'j4']
test.each<[string, Record<string, unknown>, string[]]>([
  ['a click at the third place passed over two', { source: 'click', position: 3, shown }, ['j1', 'j2']],
  ['a click at the first passed over none', { source: 'click', position: 1, shown }, []],
  ['a click at the last passed over all others', { source: 'click', position: 4, shown }, ['j1', 'j2', 'j3']],
  ['a click whose list nobody logged passed over nothing known', { source: 'click', position: 3 }, []],
  ['a list in a cell of a table is read', { source: 'click', position: '2', shown: '["j1","j2"]' }, ['j1']],
  ['ids may be numbers', { source: 'click', position: 2, shown: [17, 18] }, ['17']],
  ['a hire has no wrong answers of its own', { source: 'hire', position: 3, shown }, []],
  ['an interview neither', { source: 'interview', position: 3, shown }, []],
  ['a label neither', { shown }, []],
])('%s', (_, fields, skipped) => {
  const list = Array.isArray(fields.shown) ? fields.shown.map(String) : undefined
  const positive = list?.[Number(fields.position) - 1] ?? 'j2'
  expect(readPair({ query: 'nurse', positiveId: positive, ...fields }).skipped).toEqual(skipped)
})

test('what is below a click, or was not shown, is never a wrong answer', () => {
  const list = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(list, fc.nat(), (some, draw) => {
      const position = 1 + (draw % some.length)
      const skipped = skippedAbove({ position, shown: some })
      expect(skipped).toHaveLength(position - 1)
      for (const entry of skipped) expect(some.indexOf(entry)).toBeLessThan(position - 1)
    }),
  )
})

test.each<[string, number, string]>([
  ['a place beyond the list', 5, 'position is 5, and shown has 4 entries'],
  ['the place of another entry', 2, 'position is 2, where shown has "j2"; what was clicked stands at 3'],
  ['half a place', 1.5, 'position is 1.5; expected a whole number'],
])('%s is refused', (_, position, message) => {
  const row = { query: 'a', positiveId: 'j3', source: 'click', position, shown }
  expect(() => readPair(row)).toThrow(message)
})

test('a log line is a pair as it is: who asked and which model answered are left alone', () => {
  const line =
    '{"queryId":"q-81f2","query":"ICU nurse, nights","shown":["j17","j3","j90"],"model":"jobs.acme-2026-11@4f1c","positiveId":"j3","source":"click","position":2,"time":"2026-11-28T09:14:00Z"}'
  expect(readPair(JSON.parse(line))).toMatchObject({
    query: 'ICU nurse, nights',
    positive: { id: 'j3' },
    skipped: ['j17'],
    weight: 0.4,
    source: 'click',
    time: Date.UTC(2026, 10, 28, 9, 14),
  })
})
