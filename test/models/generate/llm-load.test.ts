import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { loadModel } from '../../../src/models/generate/llama/loaded-model.ts'
import type { FromLlama, Part, Question, ToLlama } from '../../../src/models/generate/llama/messages.ts'
import type { LlamaRuntime } from '../../../src/models/generate/llama/runtime.ts'
import { serveLlama } from '../../../src/models/generate/llama/serve.ts'
import { describeGguf } from '../../../src/models/gguf/describe.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { createLetterRuntime } from '../../support/letter-runtime.ts'
import { generatorParts, ggufManifestOf } from '../../support/llm.ts'

const qwen = join(import.meta.dirname, '..', '..', 'fixtures', 'llm', 'random-qwen3.gguf')

function loadOf(path = qwen, changes: object = {}) {
  const { files, chat } = ggufManifestOf(path)
  const { threads, contextTokens, chunkTokens, runtimeFolders, availableBytes } = generatorParts(path, '')
  const settings = { threads, contextTokens, chunkTokens, runtimeFolders, availableBytes }
  return { model: 'small', path, file: files[0]!, chat, ...settings, ...changes }
}

const { vocabulary } = describeGguf(readFileSync(qwen), statSync(qwen).size)
const UNIFORM = -Math.log(vocabulary.pieces)

let opened = 0
const openWith =
  (runtime: Partial<LlamaRuntime> = {}) =>
  async () => {
    opened += 1
    return createLetterRuntime('hi', runtime)
  }

const generate: Question = {
  kind: 'generate',
  messages: [{ role: 'user', content: 'hello' }],
  options: { maxTokens: 5, temperature: 0 },
}

test('loads a model and answers in the format of its file', async () => {
  const model = await loadModel(loadOf(), openWith())
  const parts: Part[] = []
  for await (const part of model.answer(generate, () => false)) parts.push(part)
  expect(parts.map((part) => (part.kind === 'text' ? part.text : part.kind))).toEqual(['h', 'i', 'finish'])
  const proof = model.answer(
    { kind: 'prove', proof: { prompt: [1, 2], count: 2, asked: [104, 120] } },
    () => false,
  )
  expect((await proof.next()).value).toEqual({ kind: 'proven', tokens: [104, 105], logprobs: [-0.1, -2] })
})

test.each([
  ['a wrong hash', { file: { ...loadOf().file, sha256: 'f'.repeat(64) } }, 'artifact_corrupt', /SHA-256/],
  ['too little memory', { availableBytes: 1e8 }, 'model_too_large', /small needs about \d+ MB/],
])('refuses %s before llama.cpp sees the file', async (_, changes, code, message) => {
  const before = opened
  await expect(loadModel(loadOf(qwen, changes), openWith())).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  })
  expect(opened).toBe(before)
})

test('refuses a file whose hash is right and whose header is none', async () => {
  const path = join(temporaryFolder('llm-load-'), 'model.gguf')
  writeFileSync(path, 'GGUF and then nothing that it promises')
  const before = opened
  await expect(loadModel(loadOf(path), openWith())).rejects.toMatchObject({ code: 'artifact_corrupt' })
  expect(opened).toBe(before)
})

const more = join(import.meta.dirname, '..', '..', 'fixtures', 'llm', 'more')
function rankerFile(): string {
  const path = join(temporaryFolder('llm-ranker-'), 'model.gguf')
  writeFileSync(path, gunzipSync(readFileSync(join(more, 'random-qwen3-reranker.gguf.gz'))))
  return path
}

test('opens a file with a head for pairs to rank, which judges and says nothing in words', async () => {
  const asked: unknown[] = []
  const open = async (settings: object) => {
    asked.push(settings)
    return createLetterRuntime('', { contextTokens: 256, rank: async () => 0.9 })
  }
  const model = await loadModel(loadOf(rankerFile(), { chat: { format: 'chatml' } }), open)
  expect(asked).toMatchObject([{ ranks: true }])
  const choosing = {
    before: 'Nurse. ',
    texts: ['a nurse'],
    after: '',
    choices: ['yes', 'no'],
    textTokens: 50,
  }
  const judged = await model.answer({ kind: 'choose', choosing }, () => false).next()
  expect(judged.value).toMatchObject({ kind: 'chosen', probabilities: [0.9, expect.closeTo(0.1, 9)] })
  await expect(model.answer(generate, () => false).next()).rejects.toMatchObject({
    code: 'unsupported_task',
    message: expect.stringMatching(/small ranks texts.*ask it to judge/),
  })
})

test('refuses a file with a head for pairs whose numbers are none', async () => {
  const open = async () => createLetterRuntime('', { rank: async () => Number.NaN })
  await expect(loadModel(loadOf(rankerFile()), open)).rejects.toMatchObject({
    code: 'artifact_corrupt',
    message: expect.stringMatching(/no numbers \(NaN\) behind its first token/),
  })
})

test.each<[string, Partial<LlamaRuntime>, RegExp]>([
  ['no numbers', { likely: async () => [[0, Number.NaN]] }, /no numbers \(NaN\) behind its first token/],
  [
    'one number',
    {
      likely: async () => [
        [0, UNIFORM],
        [1, UNIFORM],
      ],
    },
    /same probability for every token/,
  ],
])('refuses a model that computes %s', async (_, runtime, message) => {
  await expect(loadModel(loadOf(), openWith(runtime))).rejects.toMatchObject({
    code: 'artifact_corrupt',
    message: expect.stringMatching(message),
  })
})

test('says what llama.cpp refuses a file for', async () => {
  const refuse = async () => Promise.reject(new Error('Failed to load model'))
  await expect(loadModel(loadOf(), refuse)).rejects.toMatchObject({
    code: 'artifact_corrupt',
    message: expect.stringMatching(/llama.cpp refuses it: "Failed to load model"/),
  })
})

test('refuses messages longer than the context with both numbers', async () => {
  const model = await loadModel(loadOf(), openWith({ contextTokens: 20 }))
  await expect(model.answer(generate, () => false).next()).rejects.toMatchObject({
    code: 'input_too_long',
    message: expect.stringMatching(/have \d+ tokens; this model has room for 20/),
  })
})

/** A process that serves, without a process. */
function serve(open: () => Promise<LlamaRuntime>) {
  const said: FromLlama[] = []
  let receive: (message: ToLlama) => void = () => {}
  let told = () => {}
  const send = (message: FromLlama) => {
    said.push(message)
    told()
  }
  serveLlama(
    {
      send,
      listen: (listener) => {
        receive = listener
      },
    },
    open,
  )
  const until = async (kind: FromLlama['kind'], count = 1) => {
    while (said.filter((message) => message.kind === kind).length < count) {
      await new Promise<void>((resolve) => {
        told = resolve
      })
    }
  }
  return { said, tell: (message: ToLlama) => receive(message), until }
}

test('a process serves questions in order, and stops those that it is told to', async () => {
  const { said, tell, until } = serve(openWith())
  tell({ kind: 'load', load: loadOf() })
  await until('ready')
  tell({ kind: 'ask', id: 1, question: generate })
  tell({ kind: 'ask', id: 2, question: generate })
  tell({ kind: 'stop', id: 2 })
  tell({ kind: 'stop', id: 7 })
  await until('end', 2)
  const ofSecond = said.filter((message) => 'id' in message && message.id === 2)
  expect(said[0]).toEqual({ kind: 'ready', contextTokens: 256 })
  expect(said.filter(({ kind }) => kind === 'part')).toHaveLength(3)
  expect(ofSecond).toEqual([{ kind: 'end', id: 2 }])
})

test('a prompt of 2,000 tokens ends with the chunk in which its caller goes', async () => {
  const chunks: number[] = []
  const evaluate = async ({ length }: readonly number[]) => {
    if (chunks.push(length) === 3) tell({ kind: 'stop', id: 1 })
  }
  const { said, tell, until } = serve(openWith({ contextTokens: 4096, evaluate }))
  tell({ kind: 'load', load: loadOf() })
  const messages = [{ role: 'user' as const, content: 'a'.repeat(2000) }]
  tell({ kind: 'ask', id: 1, question: { ...generate, messages } })
  tell({ kind: 'ask', id: 2, question: generate })
  await until('end', 2)
  expect(chunks.slice(0, 3)).toEqual([64, 64, 64])
  // The one of the next question has one chunk of its own.
  expect(chunks).toHaveLength(4)
  expect(said.filter((message) => 'id' in message && message.id === 1)).toEqual([{ kind: 'end', id: 1 }])
  expect(said.at(-1)).toEqual({ kind: 'end', id: 2 })
})

test('a process says what loading and answering failed with', async () => {
  const refused = serve(openWith({ likely: async () => [] }))
  refused.tell({ kind: 'load', load: loadOf() })
  await refused.until('unready')
  expect(refused.said[0]).toMatchObject({ kind: 'unready', error: { code: 'artifact_corrupt' } })
  const failing = serve(openWith({ evaluate: async () => Promise.reject(new Error('decode: -3')) }))
  failing.tell({ kind: 'load', load: loadOf() })
  failing.tell({ kind: 'ask', id: 1, question: generate })
  await failing.until('end')
  expect(failing.said.at(-1)).toMatchObject({
    error: { code: 'inference_failed', message: expect.stringMatching(/failed: "decode: -3"/) },
  })
})
