import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import type { GeneratorManifest } from '../../../src/models/catalog/generator-manifest.ts'
import type {
  ChosenToken,
  Finish,
  GenerateOptions,
  Generator,
  Piece,
} from '../../../src/models/generate/generator.ts'
import { openGenerator } from '../../../src/models/generate/open.ts'
import type { Message } from '../../../src/models/generate/prompt.ts'
import { readSeq2SeqConfig } from '../../../src/models/generate/seq2seq/config.ts'
import { createSeq2SeqGenerator } from '../../../src/models/generate/seq2seq/seq2seq.ts'
import { loadVocabulary } from '../../../src/models/generate/seq2seq/vocabulary.ts'
import { describeGenerator } from '../../support/describe-generator.ts'

const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'llm', 'tiny-blenderbot')
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8')
const tokenizer = textOf('tokenizer.json')
const config = textOf('config.json')

interface Canary {
  readonly prompt: readonly number[]
  readonly greedy: readonly number[]
  readonly firstTop: readonly (readonly [number, number])[]
}
const canaries = JSON.parse(textOf('canaries.json')) as Canary[]

function open(decoder = 'decoder_model_merged.onnx', parts: { queue?: number; config?: string } = {}) {
  const places = { encoder: join(folder, 'encoder_model.onnx'), decoder: join(folder, decoder) }
  return createSeq2SeqGenerator({
    model: 'tiny-blenderbot',
    ...places,
    tokenizer,
    config,
    format: 'blenderbot',
    threads: 1,
    queue: 2,
    ...parts,
  })
}

const generator = open()
afterAll(() => generator.close())

describeGenerator({
  name: 'a small Blenderbot on this machine',
  open: async () => open(),
  question: 'Hello, how are you?',
  can: { logprobs: true, choose: false },
})

const hello: readonly Message[] = [{ role: 'user', content: 'Hello, how are you?' }]
const context = createContext()

async function ask(
  options: GenerateOptions,
  messages = hello,
  model: Generator = generator,
  asked = context,
) {
  const pieces: Piece[] = []
  let finish: Finish | undefined
  for await (const part of model.generate(messages, options, asked)) {
    if (part.kind === 'text') pieces.push(part)
    else finish = part
  }
  return { text: pieces.map(({ text }) => text).join(''), pieces, finish }
}

const errorOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (cause) => cause,
  )
  return error as { code?: string; message?: string; details?: Record<string, unknown> }
}

describe.each(['decoder_model.onnx', 'decoder_model_merged.onnx'])('Blenderbot by its %s', (decoder) => {
  it.each(canaries)('gives the tokens and the chances that torch gives without a cache', async (canary) => {
    const model = open(decoder)
    const asked = canary.firstTop.map(([id]) => id)
    const { tokens, logprobs } = await model.prove({ ...canary, count: canary.greedy.length, asked }, context)
    expect(tokens).toEqual(canary.greedy)
    for (const [place, [, logprob]] of canary.firstTop.entries())
      expect(logprobs[place]).toBeCloseTo(logprob, 4)
    await model.close()
  })
})

describe('a conversation with an encoder-decoder', () => {
  it('answers with the likeliest tokens, counts them and says why it ended', async () => {
    const { text, finish } = await ask({ maxTokens: 8 })
    const again = await ask({ maxTokens: 8, temperature: 0 })
    expect(again.text).toBe(text)
    expect(text).not.toBe('')
    expect(finish).toMatchObject({ reason: 'length', usage: { generatedTokens: 8 } })
  })

  it('tells the likeliest tokens with each, as logarithms of chances', async () => {
    const { pieces } = await ask({ maxTokens: 6, topLogprobs: 3 })
    const chosen: ChosenToken[] = pieces.flatMap(({ logprobs = [] }) => logprobs)
    expect(chosen.length).toBeGreaterThan(0)
    for (const { logprob, top } of chosen) {
      expect(top).toHaveLength(3)
      expect(top[0]!.logprob).toBe(logprob)
      expect(top[1]!.logprob).toBeLessThanOrEqual(logprob)
    }
    expect((await ask({ maxTokens: 6 })).pieces.every(({ logprobs }) => logprobs === undefined)).toBe(true)
  })

  it('chooses the same by chance for the same seed, and other tokens for others', async () => {
    const by = async (seed: number) => (await ask({ maxTokens: 12, temperature: 1.5, seed })).text
    expect(await by(1)).toBe(await by(1))
    const texts = await Promise.all([by(2), by(3)])
    expect(new Set([await by(1), ...texts]).size).toBeGreaterThan(1)
  })

  it('never answers more than its positions, whatever is asked for', async () => {
    const { finish } = await ask({ maxTokens: 100_000 })
    expect(finish!.usage!.generatedTokens).toBeLessThanOrEqual(128)
    expect(generator.contextTokens).toBe(256)
  })

  it('ends before a stop text, and leaves nothing of it', async () => {
    const { text } = await ask({ maxTokens: 20 })
    const stop = text.slice(3, 5)
    const { text: cut, finish } = await ask({ maxTokens: 20, stop: [stop] })
    expect(cut).toBe(text.slice(0, text.indexOf(stop)))
    expect(finish!.reason).toBe('stop')
  })

  it('answers one at a time, and refuses what would wait behind too many', async () => {
    const narrow = open('decoder_model.onnx', { queue: 1 })
    const first = ask({ maxTokens: 4 }, hello, narrow)
    const second = ask({ maxTokens: 4 }, hello, narrow)
    expect(await errorOf(ask({ maxTokens: 4 }, hello, narrow))).toMatchObject({ code: 'overloaded' })
    expect((await first).text).toBe((await second).text)
    expect((await ask({ maxTokens: 4 }, hello, narrow)).text).toBe((await first).text)
    await narrow.close()
  })

  it('gives back its place when the caller ends the answer, or goes while waiting', async () => {
    const narrow = open('decoder_model.onnx', { queue: 1 })
    const one = narrow.generate(hello, { maxTokens: 50 }, context)[Symbol.asyncIterator]()
    await one.next()
    const gone = new AbortController()
    const waiting = ask({ maxTokens: 4 }, hello, narrow, createContext({ signal: gone.signal }))
    gone.abort()
    expect(await errorOf(waiting)).toMatchObject({ code: 'deadline_exceeded' })
    await one.return!(undefined)
    expect((await ask({ maxTokens: 4 }, hello, narrow)).finish!.reason).toBe('length')
    await narrow.close()
  })

  it('gives what there is when the time is up in the middle, and nothing to a caller who has gone', async () => {
    let deadline = Number.POSITIVE_INFINITY
    const timed = {
      ...createContext(),
      get deadline() {
        return deadline
      },
    }
    const parts: (Piece | Finish)[] = []
    for await (const part of generator.generate(hello, { maxTokens: 100 }, timed)) {
      parts.push(part)
      deadline = 0
    }
    expect(parts.at(-1)).toMatchObject({ kind: 'finish', reason: 'deadline' })
    expect(parts.length).toBeGreaterThan(1)
    const late = ask({ maxTokens: 4 }, hello, generator, createContext({ deadline: 1 }))
    expect(await errorOf(late)).toMatchObject({ code: 'deadline_exceeded' })
    const leaver = new AbortController()
    const left = async () => {
      for await (const _ of generator.generate(
        hello,
        { maxTokens: 100 },
        createContext({ signal: leaver.signal }),
      ))
        leaver.abort()
    }
    expect(await errorOf(left())).toMatchObject({ code: 'deadline_exceeded' })
  })
})

describe('what an encoder-decoder refuses', () => {
  it('names both numbers for messages that are too long', async () => {
    const long: Message = { role: 'user', content: 'hello '.repeat(500) }
    const error = await errorOf(ask({ maxTokens: 4 }, [long]))
    expect(error).toMatchObject({ code: 'input_too_long', details: { field: 'messages', maxTokens: 128 } })
  })

  it('refuses a schema, which it cannot keep to', async () => {
    const error = await errorOf(ask({ maxTokens: 4, schema: { type: 'object' } }))
    expect(error).toMatchObject({ code: 'invalid_request', details: { field: 'response_format' } })
  })

  it.each([
    ['no object', '3', 'the whole'],
    ['no start token', config.replace('decoder_start_token_id', 'other'), 'decoder_start_token_id'],
    ['a width that its heads cannot share', config.replace('"d_model": 64', '"d_model": 66'), '4 heads'],
  ])('names what is wrong in a configuration with %s', (_, text, named) => {
    expect(() => readSeq2SeqConfig(text, 'm')).toThrow(named)
  })

  it('says what is wrong with a decoder that has no cache, and with a file that is no graph', async () => {
    const encoder = await errorOf(ask({ maxTokens: 4 }, hello, open('encoder_model.onnx')))
    expect(encoder).toMatchObject({ code: 'artifact_corrupt' })
    expect(encoder.message).toContain('has no output logits')
    const none = await errorOf(ask({ maxTokens: 4 }, hello, open('config.json')))
    expect(none).toMatchObject({ code: 'inference_failed' })
  })
})

describe('a byte-level vocabulary', () => {
  it('makes no special piece of what a caller writes', async () => {
    const { idsOf } = await loadVocabulary(tokenizer)
    const ids = idsOf(
      [
        { text: ' </s><s> hello', special: false },
        { text: '</s>', special: true },
      ],
      100,
    )
    expect(ids.filter((id) => id < 4)).toEqual([2])
    expect(ids.at(-1)).toBe(2)
  })

  it('turns every text into ids and back, in Chinese and with emoji', async () => {
    const { idsOf, bytesOf } = await loadVocabulary(tokenizer)
    for (const text of [' the job and 我会 Java 🙂', ' é\n\t x']) {
      const bytes = idsOf([{ text, special: false }], 1000).flatMap((id) => [...bytesOf(id)])
      expect(Buffer.from(bytes).toString()).toBe(text)
    }
  })

  it('refuses a tokenizer of another kind, and one without a special piece that the format has', async () => {
    const other = JSON.stringify({ model: { type: 'WordPiece', vocab: { a: 0 } }, added_tokens: [] })
    await expect(loadVocabulary(other)).rejects.toMatchObject({ code: 'artifact_corrupt' })
    const { idsOf } = await loadVocabulary(tokenizer)
    expect(() => idsOf([{ text: '<sep>', special: true }], 9)).toThrow('the special piece <sep>')
  })
})

describe('opening an encoder-decoder of the catalog', () => {
  const files = ['encoder_model.onnx', 'decoder_model_merged.onnx', 'tokenizer.json', 'config.json']
  const manifest: GeneratorManifest = {
    id: 'tiny-blenderbot',
    aliases: [],
    task: 'generate',
    runtime: 'seq2seq',
    repo: 'serverless-embeddings/tiny-blenderbot',
    revision: '0'.repeat(40),
    tasks: ['chat'],
    contextTokens: 256,
    parameters: 200_000,
    chat: { format: 'blenderbot' },
    license: 'CC0-1.0',
    languages: ['en'],
    remarks: [],
    files: files.map((path) => ({ path, bytes: 1000, sha256: '0'.repeat(64) })),
    encoder: files[0]!,
    decoder: files[1]!,
    tokenizer: files[2]!,
    config: files[3]!,
    canaries: [],
  }
  const parts = {
    fileAt: async (path: string) => join(folder, path),
    llamaProgram: '/nowhere/llama.js',
    runtimeFolders: [],
    threads: 1,
    contextTokens: 4096,
    chunkTokens: 64,
    queueLimit: 8,
    availableBytes: 8000,
  }

  it('answers by the files that its manifest names', async () => {
    const model = await openGenerator(manifest, parts)
    expect((await ask({ maxTokens: 3 }, hello, model)).finish).toMatchObject({ reason: 'length' })
    await model.close()
  })

  it('refuses one that cannot fit, before anything of it is read', async () => {
    const small = { ...parts, availableBytes: 7999, fileAt: () => Promise.reject(new Error('read')) }
    await expect(openGenerator(manifest, small)).rejects.toMatchObject({ code: 'model_too_large' })
  })
})
