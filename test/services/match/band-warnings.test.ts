import { expect, test } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createCatalog } from '../../../src/models/catalog/catalog.ts'
import { createEmbedService } from '../../../src/services/embed.ts'
import { createMatchService } from '../../../src/services/match/match.ts'
import { createRerankService } from '../../../src/services/rerank.ts'
import { manifestOf } from '../../support/manifests.ts'
import { documents } from '../../support/match-service.ts'
import { createWordEngine } from '../../support/word-engine.ts'

const curve = { midpoint: 0.4, slope: 10 }
const calibrations = {
  counted: { ...curve, pairs: { 'en-en': curve }, titles: { all: 512, 'en-en': 500, 'en-zh': 12 } },
  general: { ...curve, titles: { all: 90 } },
  uncounted: { ...curve, pairs: { 'en-en': curve } },
}

async function warningsOf(model: keyof typeof calibrations, query: string, candidates: readonly string[]) {
  const catalog = createCatalog([manifestOf({ id: model, dimensions: 64, calibration: calibrations[model] })])
  const engine = createWordEngine()
  const embed = createEmbedService({ catalog, engine, defaultModel: model })
  const rerank = createRerankService({ catalog, engine, embed, defaultModel: model })
  const match = createMatchService({ catalog, embed, rerank })
  const plan = await match.plan({
    queries: documents([query]),
    candidates: documents(candidates),
    models: [{ model, weight: 1 }],
    fusion: 'weighted',
  })
  return (await match.run(plan, createContext())).warnings
}

test.each<[string, keyof typeof calibrations, string, string[], string[]]>([
  ['languages with a curve of their own', 'counted', 'nurse', ['nurse'], []],
  ['languages with few titles', 'counted', 'nurse', ['护士', '医生'], ['en-zh go by', '12 titles of en-zh']],
  ['languages that it never met', 'counted', '护士', ['护士'], ['zh-zh go by', '0 titles of zh-zh']],
  ['a model of one curve', 'general', 'nurse', ['nurse'], ['en-en go by', '0 titles of en-en']],
  ['a text without letters', 'general', 'nurse', ['123'], []],
  ['a model that says no numbers', 'uncounted', 'nurse', ['护士'], []],
])('an answer tells whose curve a band goes by: %s', async (_, model, query, candidates, parts) => {
  const warnings = await warningsOf(model, query, candidates)
  expect(warnings).toHaveLength(parts.length === 0 ? 0 : 1)
  for (const part of parts) expect(warnings[0]).toContain(part)
})
