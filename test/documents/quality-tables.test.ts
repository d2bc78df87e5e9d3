import { describe, expect, test } from 'vitest'
import { cardTable, ensembleTable, qualityTable } from '../../scripts/evaluate/quality-table.ts'
import measured from '../../src/models/catalog/quality.json' with { type: 'json' }
import { readText } from '../support/markdown.ts'

// "npm run evaluate -- --table" prints what has to stand there after "--save" has measured something anew.
describe.each([
  ['en', 'README.md', 'docs/ensemble.md', 'layers/models/jobs-static-2/README.md'],
  ['zh', 'README.zh-CN.md', 'docs/ensemble.zh-CN.md', 'layers/models/jobs-static-2/README.zh-CN.md'],
] as const)('in the language %s', (language, readme, ensemble, card) => {
  test(`${card} has the table that npm run evaluate -- --table prints`, () => {
    expect(readText(card)).toContain(cardTable(measured, language))
  })

  test(`${readme} has the table that npm run evaluate -- --table prints`, () => {
    expect(readText(readme)).toContain(qualityTable(measured, language))
  })

  test(`${ensemble} has the table that npm run evaluate -- --table prints`, () => {
    expect(readText(ensemble)).toContain(ensembleTable(measured, language))
  })
})

test('a table has the best of each row in bold, and a dash for what nobody measured', () => {
  const facts = { revision: 'r', precision: 'int8' }
  const score = (on: string, value: number) => ({
    languages: 'en-en',
    task: 't',
    measure: 'm',
    on,
    value,
    low: value - 0.1,
    high: value + 0.1,
  })
  const models = {
    other: { ...facts, scores: [score('STS-B dev, English, Spearman', 0.5)] },
    'jobs-static-9': { ...facts, scores: [score('STS-B dev, English, Spearman', 0.25)] },
  }
  const [head, , first, second] = qualityTable({ models, rankings: {} }, 'en').split('\n')
  expect(head).toBe('| measured here | jobs-static-9 | other |')
  expect(first).toBe('| English: sentence similarity, Spearman | 0.250 | **0.500** |')
  expect(second).toMatch(/\| – \| – \|$/)
  expect(cardTable({ models, rankings: {} }, 'en').split('\n')[2]).toBe(
    '| English: sentence similarity, Spearman | 0.250 [0.150, 0.350] | 0.500 [0.400, 0.600] |',
  )
})
