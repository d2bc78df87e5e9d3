import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import type { TokenizeJob } from '../../src/models/engine/engine.ts'
import { createTokenizeService, LONGEST_TEXT, MOST_CHARACTERS } from '../../src/services/tokenize.ts'
import { createRecordingEngine } from '../support/engines.ts'
import { manifestOf } from '../support/manifests.ts'

test('puts the prompt of the role before each text, and knows aliases', async () => {
  const jobs: TokenizeJob[] = []
  const engine = {
    ...createRecordingEngine(),
    tokenize: async (job: TokenizeJob) => {
      jobs.push(job)
      return new Uint8Array()
    },
  }
  const catalog = createCatalog([manifestOf({ id: 'small', aliases: ['fast'], prompts: { query: 'Q: ' } })])
  const service = createTokenizeService({ catalog, engine, defaultModel: 'small' })
  await service.run({ texts: ['a', 'b'], role: 'query', specialTokens: false, maxBytes: 9 }, createContext())
  await service.run(
    { texts: ['a'], role: 'toString', model: 'fast', specialTokens: true, maxBytes: 9 },
    createContext(),
  )
  expect(jobs).toEqual([
    { model: 'small', texts: ['Q: a', 'Q: b'], specialTokens: false, maxBytes: 9 },
    { model: 'small', texts: ['a'], specialTokens: true, maxBytes: 9 },
  ])
})

test.each([
  ['one text is too long', ['a', 'a'.repeat(LONGEST_TEXT + 1)], 'inputs[1]'],
  ['all of them are', Array(MOST_CHARACTERS / LONGEST_TEXT + 1).fill('a'.repeat(LONGEST_TEXT)), 'inputs'],
])('refuses texts before any is tokenized when %s', async (_, texts, field) => {
  const engine = { ...createRecordingEngine(), tokenize: () => expect.unreachable() }
  const catalog = createCatalog([manifestOf({ id: 'small' })])
  const service = createTokenizeService({ catalog, engine, defaultModel: 'small' })
  await expect(
    service.run({ texts, specialTokens: false, maxBytes: 9 }, createContext()),
  ).rejects.toMatchObject({ code: 'payload_too_large', details: { field } })
})
