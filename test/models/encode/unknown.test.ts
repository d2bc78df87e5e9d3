import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { revisionOf } from '../../../scripts/train/catalog-entry.ts'
import { createContext } from '../../../src/context.ts'
import catalog from '../../../src/models/catalog/catalog.json' with { type: 'json' }
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import { loadTokenizer } from '../../../src/tokenizer/tokenizer.ts'
import { fixtureFolder, openFixtures } from '../../support/fixtures.ts'

const limits = { maxTokens: 64, truncate: 'end' } as const
const shipped = readFileSync(
  join(import.meta.dirname, '../../../layers/models/jobs-static-2/tokenizer.json'),
  'utf8',
)
const jsonOf = (model: string) => readFileSync(join(fixtureFolder, model, 'tokenizer.json'), 'utf8')

describe('a text of which the vocabulary knows nothing', () => {
  it.each(['🦊', 'Инженер', '한국어', 'مهندس', '\u200b', '[MASK]', '🦊 𠀋 วิศวกร'])(
    'is told from others by jobs-static: %s',
    async (text) => {
      const tokenizer = await loadTokenizer(shipped, { specialTokens: false, dropUnknown: true })
      expect(tokenizer.encode(text, limits).unknown).toBe(true)
      expect(tokenizer.encode(`${text} nurse`, limits).unknown).toBe(false)
    },
  )

  it.each(['bert-float32', 'mpnet-int8', 'xlm-roberta-int8'])(
    'is one of unknown tokens and nothing else: %s',
    async (model) => {
      const tokenizer = await loadTokenizer(jsonOf(model), { specialTokens: true, dropUnknown: false })
      for (const text of ['☃', '☃ ☃☃', '']) expect(tokenizer.encode(text, limits).unknown).toBe(true)
      for (const text of ['the', '☃ the ☃']) expect(tokenizer.encode(text, limits).unknown).toBe(false)
    },
  )

  it('stays unknown behind a prompt, though the prompt is known, and from either end', async () => {
    const tokenizer = await loadTokenizer(jsonOf('bert-float32'), { specialTokens: true, dropUnknown: false })
    const read = (text: string, options: object = {}) =>
      tokenizer.encode(text, { ...limits, prompt: 'the cat ', ...options }).unknown
    expect([read('☃'), read('☃ dog'), read('dog')]).toEqual([true, false, false])
    expect(read('☃ '.repeat(100), { truncate: 'start' })).toBe(true)
    expect(read(`${'☃ '.repeat(100)}dog`, { truncate: 'start' })).toBe(false)
  })

  it('is the second of a pair, whatever the first is', async () => {
    const tokenizer = await loadTokenizer(jsonOf('bert-reranker'), {
      specialTokens: true,
      dropUnknown: false,
    })
    const pairWith = tokenizer.pairsOf('the cat', limits)
    expect([pairWith('☃').unknown, pairWith('dog').unknown]).toEqual([true, false])
  })

  it('is counted by input in what an engine answers, token ids included', async () => {
    const engine = openFixtures()
    const embed = (inputs: readonly (string | readonly number[])[]) =>
      engine.embed({ model: 'bert-float32', inputs, options: {} }, createContext())
    expect([...(await embed(['the', '☃', [1, 2, 3], [5]])).unknown]).toEqual([0, 1, 1, 0])
    const job = { model: 'bert-reranker', query: '☃', texts: ['the', '☃'], options: {} }
    const scored = await engine.score(job, createContext())
    expect([scored.unknownQuery, ...scored.unknown]).toEqual([true, 0, 1])
  })
})

it('the revision of the bundled model follows from its graph and its tokenizer', () => {
  const { revision, files } = (catalog as Manifest[]).find(({ id }) => id === 'jobs-static-2')!
  expect(revision).toBe(revisionOf(files))
  expect(revisionOf([files[0]!, { ...files[1]!, sha256: '0'.repeat(64) }])).not.toBe(revision)
})
