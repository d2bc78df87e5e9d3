import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { parseGenerators } from '../../src/models/catalog/generator-file.ts'
import shipped from '../../src/models/catalog/generators.json' with { type: 'json' }
import type { Generator } from '../../src/models/generate/generator.ts'
import { openGenerator } from '../../src/models/generate/open.ts'
import { questionOf } from '../../src/services/judge/prompt.ts'
import { because } from '../support/because.ts'
import { type Bundles, bundleLlamaProgram } from '../support/bundles.ts'
import { answerOf, describeGenerator } from '../support/describe-generator.ts'
import { generatorParts, ggufManifestOf, runtimeAbsent } from '../support/llm.ts'

const ID = 'SmolLM2-135M-Instruct'
const listed = parseGenerators(JSON.stringify(shipped), 'generators.json').find(({ id }) => id === ID)!
const file = join(
  import.meta.dirname,
  '..',
  '..',
  '.cache',
  'llm-models',
  'SmolLM2-135M-Instruct',
  'SmolLM2-135M-Instruct.Q4_1.gguf',
)
const absent =
  runtimeAbsent ?? (existsSync(file) ? undefined : 'SmolLM2 is not installed; run "npm run test:llm"')

let program: Bundles
beforeAll(async () => {
  program = await bundleLlamaProgram()
})
afterAll(() => program.remove())

const openModel = () =>
  openGenerator(
    ggufManifestOf(file, { id: ID, contextTokens: 1024, chat: listed.chat }),
    generatorParts(file, program.path('llama.js'), { contextTokens: 1024 }),
  )

describeGenerator({
  name: 'SmolLM2-135M-Instruct',
  absent,
  open: openModel,
  question: 'What is the capital of France?',
  can: { logprobs: true, choose: true },
})

describe.skipIf(absent)(`SmolLM2-135M-Instruct, a real model to chat${because(absent)}`, () => {
  let model: Generator
  beforeAll(async () => {
    model = await openModel()
  })
  afterAll(() => model?.close())

  it.each([
    ['What is the capital of France?', 'Paris'],
    ['What is 2 plus 2?', '4'],
  ])('is asked %s and answers with %s', async (content, word) => {
    const { text } = await answerOf(model, [{ role: 'user', content }], { maxTokens: 16, temperature: 0 })
    expect(text).toContain(word)
  })

  it('evaluates six resumes behind one job at no more than 1.1 times their tokens', async () => {
    const evaluatedOf = async (texts: readonly string[], job: string) => {
      let tokens = 0
      const question = questionOf(job, texts, 300)
      for await (const { evaluatedTokens = 0 } of model.choose!(question, createContext()))
        tokens += evaluatedTokens
      return tokens
    }
    const forget = () => answerOf(model, [{ role: 'user', content: 'z' }], { maxTokens: 1 })
    const job =
      'Intensive care nurse for night shifts in a hospital of 600 beds; ventilators, dialysis. '.repeat(13)
    const resumes = ['nurse', 'cook', 'driver', 'teacher', 'welder', 'clerk'].map((name, place) =>
      `A ${name} with ${place + 2} years of work in a large house, shifts at night and at weekends. `.repeat(
        3,
      ),
    )
    await forget()
    const ofJob = await evaluatedOf([''], job)
    await forget()
    // They differ by one word each.
    const ofResumes = resumes.length * ((await evaluatedOf(resumes.slice(0, 1), job)) - ofJob)
    await forget()
    const together = await evaluatedOf(resumes, job)
    expect(ofJob).toBeGreaterThan(250)
    expect(together).toBeLessThanOrEqual(1.1 * (ofJob + ofResumes))
  })

  it('leaves the thread of the server free while it reads a prompt', async () => {
    const delays = monitorEventLoopDelay({ resolution: 1 })
    delays.enable()
    await answerOf(model, [{ role: 'user', content: 'nurse '.repeat(900) }], { maxTokens: 1 })
    delays.disable()
    // Read in this process, each chunk of 64 tokens would be a delay: most of the samples.
    expect(delays.count).toBeGreaterThan(100)
    expect(delays.percentile(99) / 1e6).toBeLessThan(100)
  })

  it('goes on as the same weights do in numpy, for every canary of the catalog', async () => {
    const canaries = listed.runtime === 'gguf' ? listed.canaries : []
    expect(canaries.length).toBeGreaterThan(0)
    for (const { prompt, greedy, firstTop } of canaries) {
      const asked = firstTop.map(([token]) => token)
      const { tokens, logprobs } = await model.prove!(
        { prompt, count: greedy.length, asked },
        createContext(),
      )
      expect(tokens).toEqual(greedy)
      for (const [place, [, logprob]] of firstTop.entries())
        expect(Math.abs(logprobs[place]! - logprob)).toBeLessThan(0.25)
    }
  })
})
