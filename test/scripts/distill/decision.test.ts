import { expect, test } from 'vitest'
import { type DistillResult, decideDistillation } from '../../../scripts/distill/decision.ts'

const fidelity = (similarities: number, neighbours: number) => ({ similarities, neighbours })
const good: DistillResult = {
  student: fidelity(0.8, 0.57),
  start: fidelity(0.1, 0.23),
  bundled: fidelity(0.6, 0.4),
  unread: 0,
  untaught: 0.01,
}

test('a student that is nearer to its teacher than what is there anyway is written', () => {
  expect(decideDistillation(good)).toEqual({ ships: true, reasons: [] })
})

test.each<[string, Partial<DistillResult>, string]>([
  ['a teacher of another language', { untaught: 0.06 }, 'knows no token of 6.0 % of the texts'],
  ['a vocabulary of another language', { unread: 0.9 }, 'no piece of 90.0 % of the texts'],
  ['a training that taught nothing', { start: fidelity(0.7, 0.58) }, 'before training'],
  ['what is there without training', { bundled: fidelity(0.81, 0.4) }, 'of jobs-static'],
])('%s is refused, with the reason', (_, change, reason) => {
  const { ships, reasons } = decideDistillation({ ...good, ...change })
  expect(ships).toBe(false)
  expect(reasons).toHaveLength(1)
  expect(reasons[0]).toContain(reason)
})

test('similarities that are those of chance, or no numbers, are refused', () => {
  for (const value of [0.29, Number.NaN]) {
    const { ships, reasons } = decideDistillation({ ...good, student: fidelity(value, 0.57) })
    expect(ships).toBe(false)
    expect(reasons[0]).toContain('expected at least 0.3')
  }
})
