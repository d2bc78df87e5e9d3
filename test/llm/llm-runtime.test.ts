import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import type { GeneratorCanary, GgufManifest } from '../../src/models/catalog/generator-manifest.ts'
import type { Generator } from '../../src/models/generate/generator.ts'
import { evaluateChunks } from '../../src/models/generate/llama/evaluate-chunks.ts'
import { openLlama } from '../../src/models/generate/llama/llama-runtime.ts'
import { choiceTokens, tokensOf } from '../../src/models/generate/llama/prompt-tokens.ts'
import { openGenerator } from '../../src/models/generate/open.ts'
import type { GeneratorParts } from '../../src/models/generate/parts.ts'
import { formatTurns } from '../../src/models/generate/turns.ts'
import { describeGguf } from '../../src/models/gguf/describe.ts'
import { because } from '../support/because.ts'
import { type Bundles, bundleLlamaProgram } from '../support/bundles.ts'
import { damagedGgufs } from '../support/damaged-gguf.ts'
import { answerOf, describeGenerator } from '../support/describe-generator.ts'
import { temporaryFolder } from '../support/folders.ts'
import { generatorParts, ggufManifestOf, RUNTIME_FOLDER, runtimeAbsent } from '../support/llm.ts'

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'llm')
const qwen = join(fixtures, 'random-qwen3.gguf')
const canaries: Record<string, GeneratorCanary> = JSON.parse(
  readFileSync(join(fixtures, 'canaries.json'), 'utf8'),
)
const packed = (name: string) => !['random-qwen3', 'stories-llama'].includes(name)

let program: Bundles
let folder: string
const open: Generator[] = []
beforeAll(async () => {
  program = await bundleLlamaProgram()
  folder = temporaryFolder('llm-runtime-')
})
afterAll(async () => {
  for (const generator of open) await generator.close()
  program.remove()
})

async function openAt(
  path: string,
  manifest: Partial<GgufManifest> = {},
  parts: Partial<GeneratorParts> = {},
) {
  const described = ggufManifestOf(path, manifest)
  const generator = await openGenerator(described, generatorParts(path, program.path('llama.js'), parts))
  open.push(generator)
  return generator
}

/** A file beside the others. */
function written(name: string, bytes: Uint8Array): string {
  const path = join(folder, `${name}.gguf`)
  writeFileSync(path, bytes)
  return path
}

describeGenerator({
  name: 'node-llama-cpp',
  absent: runtimeAbsent,
  open: () => openAt(qwen),
  can: { logprobs: true, choose: true },
})

describe.skipIf(runtimeAbsent)(`models in node-llama-cpp${because(runtimeAbsent)}`, () => {
  it.each(Object.keys(canaries))(
    '%s goes on as PyTorch does, 32 tokens, with its probabilities',
    async (name) => {
      const path = packed(name)
        ? written(name, gunzipSync(readFileSync(join(fixtures, 'more', `${name}.gguf.gz`))))
        : join(fixtures, `${name}.gguf`)
      const generator = await openAt(path)
      const { prompt, greedy, firstTop } = canaries[name]!
      const asked = firstTop.map(([token]) => token)
      const { tokens, logprobs } = await generator.prove!({ prompt, count: 32, asked }, createContext())
      await generator.close()
      expect(tokens).toEqual(greedy)
      expect(greedy).toHaveLength(32)
      for (const [place, [, logprob]] of firstTop.entries()) {
        expect(Math.abs(logprobs[place]! - logprob)).toBeLessThan(0.02)
      }
    },
  )

  it('refuses each of eight damaged files, and goes on', async () => {
    const damaged = damagedGgufs(readFileSync(qwen))
    const codes = []
    for (const [name, bytes] of Object.entries(damaged)) {
      const generator = await openAt(written(name, bytes))
      const asked = answerOf(generator, [{ role: 'user', content: 'hello' }], { maxTokens: 2 })
      codes.push(
        await asked.then(
          () => 'answered',
          (error) => error.code,
        ),
      )
      await generator.close()
    }
    expect(codes).toEqual(Array(8).fill('artifact_corrupt'))
    const well = await openAt(qwen)
    const likeliest = { maxTokens: 4, temperature: 0 }
    expect((await answerOf(well, [{ role: 'user', content: 'hello' }], likeliest)).text).not.toBe('')
  })

  it('refuses weights that are no numbers before the first answer', async () => {
    const bytes = readFileSync(qwen)
    bytes.fill(0xff, bytes.length - 4096)
    const generator = await openAt(written('nan', bytes))
    await expect(
      answerOf(generator, [{ role: 'user', content: 'hi' }], { maxTokens: 2 }),
    ).rejects.toMatchObject({
      code: 'artifact_corrupt',
      message: expect.stringMatching(/NaN|refuses it/),
    })
  })

  it('says why llama.cpp refuses a file that looks right, and not where it lies', async () => {
    const bytes = readFileSync(qwen)
    const key = 'tokenizer.ggml.pre'
    bytes.write('x', bytes.indexOf(key) + key.length + 12)
    const asked = answerOf(await openAt(written('future', bytes)), [], { maxTokens: 2 })
    await expect(asked).rejects.toMatchObject({
      code: 'artifact_corrupt',
      message: expect.stringMatching(/refuses it: "vocabulary: unknown pre-tokenizer type: 'x\w+'"; convert/),
    })
  })

  it('holds an answer to a schema, and cuts what would never end', async () => {
    const generator = await openAt(qwen)
    const ask = (schema: Readonly<Record<string, unknown>>, maxTokens: number) =>
      answerOf(generator, [{ role: 'user', content: 'hello' }], {
        maxTokens,
        temperature: 1,
        seed: 1,
        schema,
      })
    const { text, finish } = await ask({ enum: ['yes', 'partly', 'no'] }, 20)
    expect(['"yes"', '"partly"', '"no"']).toContain(text.trim())
    expect(finish.reason).toBe('stop')
    expect((await ask({ type: 'string', minLength: 900 }, 12)).finish).toMatchObject({
      reason: 'length',
      usage: { generatedTokens: 12 },
    })
    await expect(ask({ type: 'string', pattern: 'a' }, 5)).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('evaluates what prompts share once, and judges as it would without', async () => {
    const generator = await openAt(qwen, {}, { contextTokens: 256 })
    const before = `The job: ${'intensive care nurse '.repeat(4)}. Resume: `
    const texts = ['nurse at night', 'cook in a large house', 'driver', 'java developer', 'nurse', 'teacher']
    const ask = async (list: readonly string[]) => {
      const choosing = { before, texts: list, after: ' Fits?', choices: ['yes', 'no'], textTokens: 60 }
      const chosen = []
      for await (const one of generator.choose!(choosing, createContext())) chosen.push(one)
      return chosen
    }
    const forget = () => answerOf(generator, [{ role: 'user', content: 'z' }], { maxTokens: 1 })
    const together = await ask(texts)
    const apart = []
    for (const text of texts) {
      await forget()
      apart.push(...(await ask([text])))
    }
    const evaluated = (list: readonly { readonly evaluatedTokens?: number }[]) =>
      list.reduce((sum, { evaluatedTokens }) => sum + evaluatedTokens!, 0)
    await forget()
    const job = evaluated(await ask(['']))
    const own = evaluated(apart) - texts.length * job
    // What stands behind each resume, which none can share.
    const behind = ((await ask(['a', 'b']))[1]!.evaluatedTokens! - 1) * (texts.length - 1)
    expect(evaluated(together)).toBeLessThan(evaluated(apart) / 2)
    expect(evaluated(together)).toBeLessThanOrEqual(1.1 * (job + own + behind))
    for (const [place, { probabilities }] of together.entries()) {
      expect(probabilities[0]).toBeCloseTo(apart[place]!.probabilities[0]!, 3)
      expect(probabilities[1]).toBeCloseTo(apart[place]!.probabilities[1]!, 3)
    }
  })

  it('tells the chances of a few tokens as the whole vocabulary has them, and no others', async () => {
    const bounds = { contextTokens: 256, threads: 1, chunkTokens: 64, runtimeFolders: [RUNTIME_FOLDER] }
    const runtime = await openLlama({ path: qwen, ...bounds })
    const [yes, no] = choiceTokens(['yes', 'no'], runtime) as [number[], number[]]
    const prompt = runtime.tokenize('Is a nurse a nurse?', false)
    const chances = async (wanted: Parameters<typeof runtime.likely>[1]) => {
      await runtime.keep([])
      await runtime.evaluate(prompt.slice(0, -1))
      const likely = await runtime.likely(prompt.at(-1)!, wanted)
      const of = (tokens: number[]) =>
        likely.filter(([token]) => tokens.includes(token)).reduce((sum, [, log]) => sum + Math.exp(log), 0)
      return { likely, count: likely.length, share: of(yes) / (of(yes) + of(no)) }
    }
    const few = await chances({ top: 1, tokens: [...yes, ...no] })
    const all = await chances({ top: 1_000_000 })
    const best = await chances({ top: 1 })
    const drawn = await chances({ top: 20, ratios: true })
    await runtime.close()
    expect(best.likely).toEqual([[all.likely[0]![0], expect.closeTo(all.likely[0]![1], 5)]])
    expect(drawn.likely.map(([token]) => token)).toEqual(all.likely.slice(0, 20).map(([token]) => token))
    const beside = (likely: typeof all.likely) => likely.slice(0, 20).map(([, log]) => log - likely[0]![1])
    for (const [place, log] of beside(all.likely).entries())
      expect(beside(drawn.likely)[place]).toBeCloseTo(log, 5)
    expect(few.count).toBeLessThanOrEqual(1 + yes.length + no.length)
    expect(all.count).toBeGreaterThan(200)
    expect(few.share).toBeCloseTo(all.share, 5)
  })

  it('ranks pairs by the head of a Qwen3-Reranker as PyTorch does, and evaluates a shared beginning once', async () => {
    const path = written(
      'ranker',
      gunzipSync(readFileSync(join(fixtures, 'more', 'random-qwen3-reranker.gguf.gz'))),
    )
    const settings = { path, contextTokens: 256, threads: 1, runtimeFolders: [RUNTIME_FOLDER], ranks: true }
    const expected: readonly { tokens: number[]; yes: number }[] = JSON.parse(
      readFileSync(join(fixtures, 'reranker-canaries.json'), 'utf8'),
    )
    // In one go, and by chunks.
    for (const chunkTokens of [64, 7]) {
      const runtime = await openLlama({ ...settings, chunkTokens })
      for (const { tokens, yes } of expected) {
        const kept = await runtime.keep(tokens.slice(0, -1))
        await evaluateChunks(runtime, tokens.slice(kept, -1), chunkTokens, () => false)
        expect(Math.abs((await runtime.rank!(tokens.at(-1)!)) - yes)).toBeLessThan(5e-4)
      }
      await runtime.close()
    }
    const chat = { format: 'chatml' } as const
    const generator = await openAt(path, { tasks: ['judge'], chat }, { contextTokens: 256 })
    const ask = async (texts: readonly string[]) => {
      const before = `The job: ${'intensive care nurse '.repeat(4)}. Resume: `
      const choosing = { before, texts, after: '', choices: ['yes', 'no'], textTokens: 60 }
      const chosen = []
      for await (const one of generator.choose!(choosing, createContext())) chosen.push(one)
      return chosen
    }
    const [, together] = await ask(['nurse at night', 'cook in a large house'])
    await ask(['z'])
    const [alone] = await ask(['cook in a large house'])
    expect(together!.evaluatedTokens).toBeLessThan(40)
    expect(together!.probabilities[0]! + together!.probabilities[1]!).toBeCloseTo(1, 9)
    expect(together!.probabilities[0]).toBeCloseTo(alone!.probabilities[0]!, 3)
    await expect(
      answerOf(generator, [{ role: 'user', content: 'hi' }], { maxTokens: 2 }),
    ).rejects.toMatchObject({
      code: 'unsupported_task',
    })
  })

  it('makes no special piece of what a caller writes', async () => {
    const runtime = await openLlama({
      path: qwen,
      contextTokens: 256,
      threads: 1,
      chunkTokens: 64,
      runtimeFolders: [RUNTIME_FOLDER],
    })
    const bytes = readFileSync(qwen)
    const { special } = describeGguf(bytes, bytes.length).vocabulary
    const ids = new Set(special.map((piece) => runtime.tokenize(piece, true)[0]!))
    const count = (content: string) =>
      tokensOf(formatTurns([{ role: 'user', content }], 'chatml'), runtime).filter((token) => ids.has(token))
        .length
    const plain = count('hello')
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...special), fc.string())), (parts) => {
        expect(count(parts.join(''))).toBe(plain)
      }),
    )
    await runtime.close()
    expect(special.length).toBeGreaterThan(2)
  })

  it('refuses a model that does not fit its memory before it is loaded', async () => {
    const generator = await openAt(qwen, {}, { availableBytes: 100_000_000 })
    const asked = answerOf(generator, [{ role: 'user', content: 'hi' }], { maxTokens: 2 })
    await expect(asked).rejects.toMatchObject({ code: 'model_too_large' })
  })
})

it('says what is to be installed where the runtime is missing', async () => {
  const generator = await openAt(qwen, {}, { runtimeFolders: ['/nowhere'] })
  await expect(
    answerOf(generator, [{ role: 'user', content: 'hi' }], { maxTokens: 2 }),
  ).rejects.toMatchObject({
    code: 'runtime_missing',
    message: expect.stringMatching(/node-llama-cpp, which is not installed; run "node scripts\/install-llm/),
  })
})
