import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { parseGenerators } from '../../src/models/catalog/generator-file.ts'
import type { GgufManifest } from '../../src/models/catalog/generator-manifest.ts'
import shipped from '../../src/models/catalog/generators.json' with { type: 'json' }
import type { Generator } from '../../src/models/generate/generator.ts'
import { openGenerator } from '../../src/models/generate/open.ts'
import { createJudgeService, type JudgeModels } from '../../src/services/judge/judge.ts'
import { because } from '../support/because.ts'
import { type Bundles, bundleLlamaProgram } from '../support/bundles.ts'
import { generatorParts, ggufManifestOf, runtimeAbsent } from '../support/llm.ts'

const ID = 'SmolLM2-135M-Instruct'
const listed = parseGenerators(JSON.stringify(shipped), 'generators.json').find(({ id }) => id === ID)!
const file = join(import.meta.dirname, '../../.cache/llm-models', ID, `${ID}.Q4_1.gguf`)
const absent =
  runtimeAbsent ?? (existsSync(file) ? undefined : 'SmolLM2 is not installed; run "npm run test:llm"')

const JOB = 'Night nurse for an intensive care unit. Registered, two years of intensive care, shifts.'
const RESUMES = [
  'Registered nurse. Four years in the intensive care unit of a city hospital. Night shifts since 2019. Trained six colleagues.',
  'Pastry cook in a hotel. Baked wedding cakes for up to 200 guests. Trained two apprentices.',
  'Java developer with six years of Spring. Built payment services for a bank. Led a team of four.',
  'Staff nurse, geriatrics. Medication rounds and wound care. First aid trainer.',
]

describe.skipIf(absent)(`a real small model that is let quote all the same${because(absent)}`, () => {
  let program: Bundles
  let model: Generator
  let manifest: GgufManifest
  beforeAll(async () => {
    // Read here: the body of a skipped "describe" still runs, where no such file lies.
    manifest = ggufManifestOf(file, { id: ID, contextTokens: 1024, chat: listed.chat, parameters: 7e9 })
    program = await bundleLlamaProgram()
    model = await openGenerator(
      manifest,
      generatorParts(file, program.path('llama.js'), { contextTokens: 1024 }),
    )
  })
  afterAll(async () => {
    await model?.close()
    program.remove()
  })

  it('answers with a list, of which nothing is given that does not stand in the resume', async () => {
    const models: JudgeModels = { resolve: () => manifest, use: (_, __, work) => work(model) }
    const settings = { model: ID, top: 10, tokens: 300, weight: 0.25, timeoutMs: 110_000, cacheEntries: 10 }
    const service = createJudgeService(models, settings)
    const resumes = RESUMES.map((text) => ({ text, score: 0.9 }))
    const plan = service.plan({ quotes: true })
    const told = await service.quote(plan, { job: JOB, resumes, began: Date.now() }, createContext())
    expect(told.late).toBe(0)
    // Seven quotes of three resumes when this was written, none of which stood there.
    expect(told.silent).toBeLessThan(RESUMES.length)
    expect(told.dropped + told.quotes.flatMap((quotes = []) => quotes).length).toBeGreaterThan(0)
    told.quotes.forEach((quotes = [], place) => {
      for (const quote of quotes) expect(RESUMES[place]).toContain(quote)
    })
  }, 120_000)
})
