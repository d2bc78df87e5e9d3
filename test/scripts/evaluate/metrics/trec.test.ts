import { expect, test } from 'vitest'
import { formatJudgements, formatRun } from '../../../../scripts/evaluate/metrics/trec.ts'

test('writes runs as trec_eval reads and orders them', () => {
  const rankings = [
    { query: 'q 1', candidates: ['a', 'b b', 'c'], scores: [0.5, 0.75, 0.5] },
    { query: 'q2', candidates: [], scores: [] },
  ]
  expect(formatRun(rankings, 'my run')).toBe(
    'q_1 Q0 b_b 1 0.75 my_run\nq_1 Q0 c 2 0.5 my_run\nq_1 Q0 a 3 0.5 my_run\n',
  )
})

test('writes the judgements of what is relevant', () => {
  const judgements = [{ query: 'q', candidates: ['a', 'b', 'c'], grades: [2, 0, 1] }]
  expect(formatJudgements(judgements)).toBe('q 0 a 2\nq 0 c 1\n')
})
