import { expect, test } from 'vitest'
import { describeSkipped } from '../../scripts/skipped-reporter.ts'

test('a run that skipped nothing says nothing', () => {
  expect(describeSkipped([])).toEqual([])
})

test('each reason is said once, with its number, the commonest first', () => {
  expect(
    describeSkipped([
      'matches the real tokenizer (skipped: no data/x.txt in /shared)',
      'S3 (skipped: needs radosgw (and ceph): run "node scripts/install-test-servers.mjs") > reads',
      'S3 (skipped: needs radosgw (and ceph): run "node scripts/install-test-servers.mjs") > writes > twice',
      'something that nobody explained',
    ]),
  ).toEqual([
    '\nNOT CHECKED: 4 tests were skipped on this machine:',
    '  2 × needs radosgw (and ceph): run "node scripts/install-test-servers.mjs"',
    '  1 × no data/x.txt in /shared',
    '  1 × no reason given: something that nobody explained',
  ])
})
