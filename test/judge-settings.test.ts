import { expect, test } from 'vitest'
import { judgeSettingsOf, readJudgeSettings } from '../src/judge-settings.ts'
import { readerOf } from '../src/settings.ts'

const read = (environment: Record<string, string> = {}) =>
  judgeSettingsOf(readJudgeSettings(readerOf(environment)))

test('the judge weighs a quarter, reads ten candidates and takes half of the time unless settings say otherwise', () => {
  expect(read()).toEqual({
    model: undefined,
    top: 10,
    tokens: 300,
    weight: 0.25,
    timeoutMs: undefined,
    cacheEntries: 10_000,
  })
  expect(
    read({ JUDGE_MODEL: 'large', JUDGE_WEIGHT: '0.5', JUDGE_TIMEOUT_MS: '2000', JUDGE_CACHE: '0' }),
  ).toMatchObject({
    model: 'large',
    weight: 0.5,
    timeoutMs: 2000,
    cacheEntries: 0,
  })
})

test.each(['0.6', '-0.1', 'half'])('refuses the weight %s', (weight) => {
  expect(() => read({ JUDGE_WEIGHT: weight })).toThrow(/JUDGE_WEIGHT.*expected a number from 0 to 0.5/)
})
