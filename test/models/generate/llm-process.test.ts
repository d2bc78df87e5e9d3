import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Context, createContext } from '../../../src/context.ts'
import { createLlamaProcess } from '../../../src/models/generate/llama/llama-process.ts'
import { openGenerator } from '../../../src/models/generate/open.ts'
import type { GeneratorParts } from '../../../src/models/generate/parts.ts'
import { generatorParts, ggufManifestOf } from '../../support/llm.ts'

const weights = join(import.meta.dirname, '..', '..', 'fixtures', 'llm', 'random-qwen3.gguf')
const fake = join(import.meta.dirname, '..', '..', 'support', 'fake-llama.mjs')

async function open(id = 'small', parts: Partial<GeneratorParts> = {}) {
  const generator = await openGenerator(ggufManifestOf(weights, { id }), generatorParts(weights, fake, parts))
  onTestFinished(() => generator.close())
  return {
    generator,
    async ask(content: string, context: Context = createContext()) {
      const parts = []
      for await (const part of generator.generate([{ role: 'user', content }], { maxTokens: 9 }, context)) {
        parts.push(part)
      }
      return parts
    },
  }
}

function loadOf(model: string) {
  const { files, chat } = ggufManifestOf(weights)
  const parts = generatorParts(weights, fake)
  const { fileAt: _, llamaProgram: __, ...sent } = { ...parts, model, path: weights, file: files[0]!, chat }
  return sent
}

test('answers by a process of its own, one question after another', async () => {
  const { ask } = await open()
  const [first, second] = await Promise.all([ask('once upon'), ask('a time')])
  expect(first.slice(0, 2)).toEqual([
    { kind: 'text', text: 'once' },
    { kind: 'text', text: ' upon' },
  ])
  expect(second.at(-1)).toMatchObject({ kind: 'finish', reason: 'stop', usage: { generatedTokens: 2 } })
})

test('a crash of native code fails the answer in progress alone, and the next starts another process', async () => {
  const { ask } = await open()
  const before = await ask('hello')
  await expect(ask('crash')).rejects.toMatchObject({
    code: 'inference_failed',
    retryable: true,
    message: expect.stringMatching(/ended with the signal SIGSEGV; the next request starts another/),
  })
  const after = await ask('hello')
  expect(after.at(-1)).toMatchObject({ kind: 'finish' })
  expect(after.at(-1)).not.toEqual(before.at(-1))
})

test('a model that ends its process again and again rests before it is started once more', async () => {
  let time = 1_000_000
  const sent = loadOf('ends')
  const process = createLlamaProcess(fake, sent, { now: () => time })
  onTestFinished(() => process.close())
  for (let attempt = 0; attempt < 3; attempt++) {
    await expect(process.running()).rejects.toMatchObject({ code: 'inference_failed' })
  }
  await expect(process.running()).rejects.toMatchObject({
    code: 'overloaded',
    message: expect.stringMatching(/ended 3 times within a minute, so it rests for 60 s/),
  })
  time += 60_001
  await expect(process.running()).rejects.toMatchObject({ code: 'inference_failed' })
})

test('a process that neither answers nor dies is killed once the time is up, and the next starts another', async () => {
  const { ask } = await open('small', { graceMs: 10 })
  const before = await ask('hello')
  const stuck = ask('stuck', createContext({ deadline: Date.now() + 500 }))
  await expect(stuck).rejects.toMatchObject({ code: 'deadline_exceeded' })
  const after = await ask('hello')
  expect(after.at(-1)).toMatchObject({ kind: 'finish', reason: 'stop' })
  expect(after.at(-1)).not.toEqual(before.at(-1))
})

test('a process that is stuck as it loads is ended, and who waits for it is told', async () => {
  const process = createLlamaProcess(fake, loadOf('stuck'), { loadingMs: 500 })
  onTestFinished(() => process.close())
  await expect(process.running()).rejects.toMatchObject({
    code: 'inference_failed',
    message: expect.stringMatching(/had not loaded it after 0\.5 s, and was ended; the next request starts/),
  })
})

test('says why a model could not be loaded, and tries again with the next request', async () => {
  const { ask } = await open('refused')
  await expect(ask('hello')).rejects.toMatchObject({ code: 'artifact_corrupt', message: 'It is damaged.' })
  await expect(ask('hello')).rejects.toMatchObject({ code: 'artifact_corrupt', retryable: false })
})

test('passes on what an answer failed with, and answers the next', async () => {
  const { ask } = await open()
  await expect(ask('fail')).rejects.toMatchObject({ code: 'inference_failed', message: 'NaN.' })
  expect((await ask('well')).at(-1)).toMatchObject({ kind: 'finish' })
})

test('ends with what there is when the time is up in the middle, and lets the next one in', async () => {
  const { ask } = await open()
  await ask('hello')
  const parts = await ask('slow', createContext({ deadline: Date.now() + 3000 }))
  expect(parts.at(0)).toEqual({ kind: 'text', text: '0 ' })
  expect(parts.at(-1)).toEqual({ kind: 'finish', reason: 'deadline' })
  expect((await ask('well')).at(-1)).toMatchObject({ kind: 'finish', reason: 'stop' })
})

test('gives nothing more to a caller who has gone in the middle, and lets the next one in', async () => {
  const { generator, ask } = await open()
  const gone = new AbortController()
  const slow = async () => {
    const messages = [{ role: 'user', content: 'slow' }] as const
    for await (const _ of generator.generate(
      messages,
      { maxTokens: 9 },
      createContext({ signal: gone.signal }),
    )) {
      gone.abort()
    }
  }
  await expect(slow()).rejects.toMatchObject({ code: 'deadline_exceeded' })
  expect((await ask('well')).at(-1)).toMatchObject({ kind: 'finish', reason: 'stop' })
})

test('refuses who comes when too many wait, and forgets who gives up waiting', async () => {
  const { ask } = await open('small', { queueLimit: 1 })
  await ask('hello')
  const [slow, gone] = [new AbortController(), new AbortController()]
  const running = ask('slow', createContext({ signal: slow.signal }))
  const waiting = ask('hello', createContext({ signal: gone.signal }))
  await expect(ask('hello')).rejects.toMatchObject({
    code: 'overloaded',
    message: expect.stringMatching(/Model small answers one conversation at a time, and 1 wait already/),
  })
  gone.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'deadline_exceeded' })
  const next = ask('well')
  slow.abort()
  await expect(running).rejects.toMatchObject({ code: 'deadline_exceeded' })
  expect((await next).at(-1)).toMatchObject({ kind: 'finish', reason: 'stop' })
})

test('a model that was closed answers nobody', async () => {
  const { generator, ask } = await open()
  const slow = ask('slow')
  await ask('never', createContext({ signal: AbortSignal.abort() })).catch(() => {})
  await generator.close()
  await expect(slow).rejects.toMatchObject({ code: expect.stringMatching(/inference_failed|internal/) })
  await expect(ask('hello')).rejects.toMatchObject({ code: 'internal' })
})
