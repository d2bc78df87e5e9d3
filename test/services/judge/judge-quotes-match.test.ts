import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import { parseGenerators } from '../../../src/models/catalog/generator-file.ts'
import type { GeneratorManifest } from '../../../src/models/catalog/generator-manifest.ts'
import { createGeneratorCatalog } from '../../../src/models/catalog/generators.ts'
import { judgeServiceOf } from '../../support/judge.ts'
import { createService, documents, structured } from '../../support/match-service.ts'
import { quotingJudge } from '../../support/quoting.ts'

const queries = documents(['night nurse intensive care', 'cook'])
const candidates = documents([
  'nurse night care',
  'nurse intensive',
  'cook in a large kitchen',
  'nurse care home night',
])
const quotes = { judge: { quotes: true } }

test('no quote of any answer is absent from its candidate, and none moves anybody, whatever the model says', async () => {
  const letters = fc.string({ unit: fc.constantFrom(...'nurse night cook \n护１'), maxLength: 20 })
  const said = fc.oneof(
    letters,
    fc.constantFrom('nurse', 'nurse night', 'ＮＵＲＳＥ', 'intensive care', 'cook'),
  )
  const lies = fc.array(fc.oneof(said, fc.string()), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(lies, fc.string()), { minLength: 1 }), async (answers) => {
      let turn = 0
      const chances = (resume: string) =>
        resume.includes('cook') ? ([0.9, 0.1] as const) : ([0.2, 0.8] as const)
      const { run } = createService({
        judge: judgeServiceOf(quotingJudge(() => answers[turn++ % answers.length]!, chances)),
      })
      const quoted = await run({ queries, candidates, ...quotes })
      const plain = await run({ queries, candidates, judge: {} })
      const bare = ({ matches }: typeof quoted) =>
        matches.map(({ results }) => results.map(({ quotes: _, ...rest }) => rest))
      expect(bare(quoted)).toEqual(bare(plain))
      for (const { id, quotes: own = [] } of quoted.matches.flatMap(({ results }) => results)) {
        for (const quote of own) expect(id.includes(quote)).toBe(true)
      }
    }),
    { numRuns: 60 },
  )
})

test('quotes those who are returned and were judged, when all verdicts are made', async () => {
  const fake = quotingJudge((resume) => [resume.split(' ')[0]!, 'a lie'])
  const { run } = createService({ judge: judgeServiceOf(fake) })
  const outcome = await run({ queries, candidates, judge: { top: 2, quotes: true }, topK: 3 })
  expect(fake.asked).toHaveLength(2)
  expect(fake.conversations).toHaveLength(4)
  for (const { results } of outcome.matches) {
    expect(results.map((result) => result.quotes)).toEqual([
      [results[0]!.id.split(' ')[0]],
      [results[1]!.id.split(' ')[0]],
      undefined,
    ])
  }
  expect(outcome.warnings).toEqual([expect.stringMatching(/^Dropped 4 quotes of the judge/)])
  expect(outcome.stages).toHaveProperty('quotes')
})

test('what is redacted is neither shown for quotes nor quoted', async () => {
  const fake = quotingJudge(() => ['Ada Lovelace', 'ada@example.com', 'night nurse'])
  const { run } = createService({ judge: judgeServiceOf(fake) })
  const people = structured({ name: 'Ada Lovelace', text: 'night nurse, ada@example.com' })
  const outcome = await run({ queries: queries.slice(0, 1), candidates: people, redact: ['name'], ...quotes })
  expect(outcome.matches[0]!.results[0]!.quotes).toEqual(['night nurse'])
  expect(JSON.stringify(fake.conversations)).not.toMatch(/Lovelace|example\.com/)
})

test('a judge that fails when it is asked for quotes leaves them out with a warning, and the order stands', async () => {
  const fake = quotingJudge(() => {
    throw new AppError('upstream_failed', 'It is gone.')
  })
  const { run } = createService({ judge: judgeServiceOf(fake) })
  const outcome = await run({ queries, candidates, ...quotes })
  const plain = await run({ queries, candidates, judge: {} })
  expect(outcome.matches).toEqual(plain.matches)
  expect(outcome.warnings).toEqual(['The stage quotes was left out: It is gone.'])
})

test('a match that asks for no quotes has none', async () => {
  const fake = quotingJudge(() => ['nurse'])
  const { run } = createService({ judge: judgeServiceOf(fake) })
  const { matches, stages } = await run({ queries, candidates, judge: { quotes: false } })
  expect([fake.conversations, stages.quotes, matches[0]!.results[0]!.quotes]).toEqual([
    [],
    undefined,
    undefined,
  ])
})

const shipped = join(import.meta.dirname, '../../../src/models/catalog/generators.json')
const catalog = createGeneratorCatalog(parseGenerators(readFileSync(shipped, 'utf8'), 'shipped'))
const small = catalog.resolve('Qwen3-0.6B', 'judge')
const reranker = { ...catalog.resolve('Qwen3-Reranker-0.6B', 'judge'), parameters: 8e9 }
const away = catalog.resolve('chatglm-6b', 'judge')

const serviceOf = (manifest: GeneratorManifest) => {
  const fake = quotingJudge(() => ['nurse'])
  return {
    fake,
    ...createService({
      judge: judgeServiceOf({ ...fake, models: { ...fake.models, resolve: () => manifest } }),
    }),
  }
}

test.each([
  [
    'a small model of this machine',
    small,
    /Qwen3-0\.6B has 0\.6 billion parameters.*leave judge\.quotes out/,
  ],
  ['one parameter too few', { ...small, parameters: 6_999_999_999 }, /below 7 billion/],
  ['a model that says yes or no alone', reranker, /says yes or no alone/],
])('refuses quotes of %s before any work, and names the field', async (_, manifest, message) => {
  const { run, engine, fake } = serviceOf(manifest)
  await expect(run({ queries, candidates, ...quotes })).rejects.toMatchObject({
    code: 'unsupported_task',
    message: expect.stringMatching(message),
    details: { field: 'judge.quotes', model: manifest.id },
  })
  expect([engine.jobs, fake.asked, fake.conversations]).toEqual([[], [], []])
  expect((await run({ queries, candidates, judge: {} })).warnings).toEqual([])
})

test.each([
  ['seven billion parameters here', { ...small, parameters: 7e9 }],
  ['fewer elsewhere', away],
  ['a size that nobody knows, elsewhere', { ...away, parameters: 0 }],
])('takes quotes of a model with %s', async (_, manifest) => {
  const { run } = serviceOf(manifest)
  const { matches } = await run({ queries, candidates, ...quotes })
  expect(matches[0]!.results[0]!.quotes).toEqual(['nurse'])
})
