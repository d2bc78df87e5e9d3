import { expect, test } from 'vitest'
import { createStepBar } from '../../../scripts/distill/step-bar.ts'

function drawing(isTTY: boolean) {
  const written: string[] = []
  const clock = { now: 0 }
  const target = { isTTY, write: (text: string) => written.push(text) }
  return { written, clock, bar: createStepBar('teacher', target, () => clock.now) }
}

test('a terminal has one line drawn over, with the time that is left', () => {
  const { written, clock, bar } = drawing(true)
  bar.show(0)
  clock.now = 50
  bar.show(0.1)
  clock.now = 1000
  bar.show(0.25, '64 of 256')
  bar.show(0.5)
  expect(written).toHaveLength(2)
  expect(written[1]).toContain('25 % 64 of 256 3 s left')
  clock.now = 300_000
  bar.show(0.5)
  expect(written[2]).toContain('5 min left')
  bar.show(1, 'done')
  bar.end()
  expect(written.at(-1)).toBe(`\rteacher ${'█'.repeat(24)} 100 % done\u001b[K\n`)
})

test('a log gets a line for each tenth, and the last one', () => {
  const { written, bar } = drawing(false)
  for (let share = 0.305; share < 0.6; share += 0.01) bar.show(share)
  bar.show(1)
  bar.end()
  expect(written.map((line) => / (\d+) %/.exec(line)?.[1])).toEqual(['40', '50', '100'])
})
