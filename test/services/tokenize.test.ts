import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import type { TokenizeJob } from '../../src/models/engine/engine.ts'
import { createTokenizeService } from '../../src/services/tokenize.ts'
import { createRecordingEngine } from '../support/engines.ts'
import { manifestOf } from '../support/manifests.ts'

test('puts the prompt of the role before each text, and knows aliases', async () => {
  const jobs: TokenizeJob[] = []
  const engine = {
    ...createRecordingEngine(),
    tokenize: async (job: TokenizeJob) => {
      jobs.push(job)
      return []
    },
  }
  const catalog = createCatalog([manifestOf({ id: 'small', aliases: ['fast'], prompts: { query: 'Q: ' } })])
  const service = createTokenizeService({ catalog, engine, defaultModel: 'small' })
  await service.run({ texts: ['a', 'b'], role: 'query', specialTokens: false }, createContext())
  await service.run({ texts: ['a'], role: 'toString', model: 'fast', specialTokens: true }, createContext())
  expect(jobs).toEqual([
    { model: 'small', texts: ['Q: a', 'Q: b'], specialTokens: false },
    { model: 'small', texts: ['a'], specialTokens: true },
  ])
})
