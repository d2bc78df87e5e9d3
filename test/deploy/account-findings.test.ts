import { expect, test } from 'vitest'
import type { AccountFacts } from '../../scripts/deploy/account-facts.ts'
import { diagnoseAccount, wantedBuckets } from '../../scripts/deploy/account-findings.ts'
import { parametersOf } from './defaults.ts'

const OWN = { parameter: 'dataBucket', name: 'embeddings-prod-data-1-r', created: 'DataBucket' } as const
const GIVEN = { parameter: 'dataBucket', name: 'ours', created: undefined } as const

test.each<[string, Partial<AccountFacts>, Record<string, string>, RegExp[]]>([
  ['an account with room', { concurrency: 1000 }, {}, []],
  [
    'an account as AWS gives it to many',
    { concurrency: 10 },
    {},
    [
      /^warning: splitConcurrency=100 and batchConcurrency=10 are more than the 10 functions .* lower them, or ask/,
    ],
  ],
  [
    'more reserved than the account has',
    { concurrency: 1000 },
    { embedReserved: '950' },
    [
      /^problem: 950 executions would be reserved or kept warm of the 1000 .* of which 100 stay unreserved; lower embedRes/,
    ],
  ],
  [
    'an account whose room is just enough without the function that learns',
    { concurrency: 110 },
    { train: 'true' },
    [
      /^warning: splitConcurrency=100 and batchConcurrency=10 and the function train=2 are more than the 110 functions/,
    ],
  ],
  ['an account whose room is just enough', { concurrency: 112 }, { train: 'true' }, []],
  [
    'executions that are kept warm, beside which the rest is too few',
    { concurrency: 200 },
    { embedProvisioned: '60', matchReserved: '40' },
    [/^warning: splitConcurrency=100 and batchConcurrency=10 are more than the 200 .* less 100 that are set/],
  ],
  [
    'more kept warm than AWS lets',
    { concurrency: 1000 },
    { embedProvisioned: '901' },
    [/^problem: 901 executions would be reserved or kept warm of the 1000 .* embedProvisioned/],
  ],
  [
    'kept warm of what is reserved, and workers with executions of their own',
    { concurrency: 300 },
    { embedReserved: '20', embedProvisioned: '20', splitReserved: '100', batchReserved: '80' },
    [],
  ],
  [
    'a free name',
    { buckets: [{ ...OWN, state: 'absent', ofStack: false, tellsEventBridge: false }] },
    {},
    [],
  ],
  [
    'a second deployment',
    { buckets: [{ ...OWN, state: 'there', ofStack: true, tellsEventBridge: false }] },
    {},
    [],
  ],
  [
    'a bucket that an earlier stack left',
    { buckets: [{ ...OWN, state: 'there', ofStack: false, tellsEventBridge: false }] },
    {},
    [/^problem: .* is there already, and not of this stack.*deploy with dataBucket=embeddings-prod-data-1-r/],
  ],
  [
    'a name that is taken',
    { buckets: [{ ...OWN, state: 'forbidden', ofStack: false, tellsEventBridge: false }] },
    {},
    [/^problem: .* is taken by a bucket that these credentials may not look at/],
  ],
  [
    'a bucket that is not there',
    { buckets: [{ ...GIVEN, state: 'absent', ofStack: false, tellsEventBridge: false }] },
    {},
    [/^problem: dataBucket=ours: there is no such bucket/],
  ],
  [
    'a bucket that may not be seen',
    { buckets: [{ ...GIVEN, state: 'forbidden', ofStack: false, tellsEventBridge: false }] },
    {},
    [/^problem: dataBucket=ours: these credentials may not look at it/],
  ],
  [
    'a bucket that tells nobody',
    { buckets: [{ ...GIVEN, state: 'there', ofStack: false, tellsEventBridge: false }] },
    {},
    [/^problem: dataBucket=ours: it does not tell EventBridge .*--bucket ours --notification/],
  ],
  [
    'a bucket that tells',
    { buckets: [{ ...GIVEN, state: 'there', ofStack: false, tellsEventBridge: true }] },
    {},
    [],
  ],
  [
    'too few permissions',
    { refused: ['AWS did not say how many: AccessDenied'] },
    {},
    [/^warning: AWS did not say how many: AccessDenied; expected the permissions/],
  ],
])('finds in the account: %s', (_, account, changes, expected) => {
  const whole: AccountFacts = { concurrency: undefined, buckets: [], refused: [], ...account }
  const found = diagnoseAccount(whole, parametersOf('prod', changes))
    .filter(({ level }) => level !== 'good')
    .map(({ level, text }) => `${level}: ${text}`)
  expect(found).toEqual(expected.map((pattern) => expect.stringMatching(pattern)))
})

test('says nothing of an account that was not asked', () => {
  expect(diagnoseAccount(undefined, parametersOf('prod'))).toEqual([])
})

test('the buckets that are looked for are those that the template names', () => {
  const parameters = parametersOf('prod', { modelBucket: 'ours', region: 'eu-west-1' })
  expect(wantedBuckets({ service: 'embeddings', stage: 'prod', parameters }, '123456789012')).toEqual([
    {
      parameter: 'dataBucket',
      name: 'embeddings-prod-data-123456789012-eu-west-1',
      created: 'DataBucket',
    },
    { parameter: 'modelBucket', name: 'ours', created: undefined },
  ])
})
