import { expect, test } from 'vitest'
import { createAutoscaler } from '../../../../scripts/bench/scale/autoscaler.ts'

const open = (most = 10) => createAutoscaler({ target: 50, most, tolerance: 0.1, stabilizationMs: 300_000 })

test.each([
  [1, 50, 1, 'at the target'],
  [1, 54, 1, 'within the tolerance'],
  [1, 56, 2, 'just beyond it'],
  [2, 100, 4, 'twice the target'],
  [3, 75, 5, 'a part of a replica is a whole one'],
  [1, 5000, 5, 'one replica gets four more at once'],
  [5, 5000, 10, 'five get five more, which is all that there may be'],
  [1, 0, 1, 'never none'],
])('%s replicas with a metric of %s become %s: %s', (current, metric, replicas) => {
  expect(open().decide(current, metric, 0)).toBe(replicas)
})

test('goes down only when nothing higher was proposed for the whole window', () => {
  const autoscaler = open()
  expect(autoscaler.decide(4, 50, 0)).toBe(4)
  expect(autoscaler.decide(4, 25, 100_000)).toBe(4)
  expect(autoscaler.decide(4, 0, 299_000)).toBe(4)
  expect(autoscaler.decide(4, 0, 301_000)).toBe(2)
  expect(autoscaler.decide(2, 0, 420_000)).toBe(1)
})

test('goes up at once in the middle of the window', () => {
  const autoscaler = open()
  autoscaler.decide(1, 0, 0)
  expect(autoscaler.decide(1, 100, 1000)).toBe(2)
})
