import { expect, test } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createCatalog } from '../../../src/models/catalog/catalog.ts'
import { calibrate } from '../../../src/ranking/calibration.ts'
import { createEmbedService } from '../../../src/services/embed.ts'
import { createLanguages } from '../../../src/services/match/languages.ts'
import { createMatchService } from '../../../src/services/match/match.ts'
import { createRerankService } from '../../../src/services/rerank.ts'
import { createTurns } from '../../../src/turns.ts'
import { manifestOf } from '../../support/manifests.ts'
import { documents } from '../../support/match-service.ts'
import { createWordEngine } from '../../support/word-engine.ts'

const common = { midpoint: 0.6, slope: 10 }
const across = { midpoint: 0.2, slope: 10 }
const calibration = { ...common, pairs: { 'en-zh': across } }
const manifest = manifestOf({ id: 'small', dimensions: 64, calibration })

function createServices() {
  const engine = createWordEngine()
  const catalog = createCatalog([manifest])
  const embed = createEmbedService({ catalog, engine, defaultModel: 'small' })
  const rerank = createRerankService({ catalog, engine, embed, defaultModel: 'small' })
  return { rerank, match: createMatchService({ catalog, embed, rerank }) }
}

test('a match makes a chance of a cosine by the languages of query and candidate', async () => {
  const { match } = createServices()
  const plan = await match.plan({
    queries: documents(['care nurse']),
    candidates: documents(['护士 护理 nurse', 'nurse for children']),
    models: [{ model: 'small', weight: 1 }],
    fusion: 'weighted',
  })
  const { matches } = await match.run(plan, createContext())
  expect(matches[0]!.results).toHaveLength(2)
  for (const { id, score, chance } of matches[0]!.results) {
    expect(chance).toBeCloseTo(calibrate(score, id.startsWith('护士') ? across : common), 12)
  }
})

test('a reranking makes a chance of a cosine by the languages of query and text', async () => {
  const { rerank } = createServices()
  const { scores, raw } = await rerank.run(
    { manifest, query: '护士 护理 nurse', texts: ['care nurse', '护士 助理', '123'] },
    createContext(),
  )
  const expected = [across, common, common].map((curve, text) => calibrate(raw[text]!, curve))
  expect([...scores]).toEqual(expected.map((chance) => expect.closeTo(chance, 12)))
})

test('without chances by language no text is looked at; a vector has no language', async () => {
  const [query, candidate] = documents(['护士', 'nurse'])
  const vector = { id: 'v', index: 2, fields: {}, vector: Float32Array.of(1) }
  const ask = async (some: typeof common) => {
    const plan = { models: [{ manifest: { ...manifest, calibration: some }, weight: 1 }] }
    return createLanguages(plan, createTurns())(query!, [candidate!, vector, candidate!])
  }
  expect(await ask(common)).toEqual({ query: undefined, candidates: [] })
  expect(await ask(calibration)).toEqual({ query: 'zh', candidates: ['en', undefined, 'en'] })
})
