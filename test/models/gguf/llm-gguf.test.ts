import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import { describeGguf } from '../../../src/models/gguf/describe.ts'
import { memoryOf, refuseTooLarge } from '../../../src/models/gguf/memory.ts'
import { ggufIntegers, ggufText, type WrittenGguf, writeGguf } from '../../support/gguf.ts'

const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'llm')
const stories = readFileSync(join(folder, 'stories-llama.gguf'))
const qwen3 = readFileSync(join(folder, 'random-qwen3.gguf'))

const describe = (bytes: Uint8Array) => describeGguf(bytes, bytes.length)

function refusal(run: () => unknown): AppError {
  try {
    run()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('It was not refused.')
}

test('describes a llama model by what its file says', () => {
  const { vocabulary, ...described } = describe(stories)
  expect(described).toEqual({
    architecture: 'llama',
    name: 'stories260K as llama',
    license: 'mit',
    contextTokens: 512,
    width: 64,
    layers: 5,
    heads: 8,
    kvHeads: 4,
    // 5 layers, 4 heads, 8 + 8 numbers, 2 bytes each.
    kvBytesPerToken: 640,
    quantization: 'F16',
    parameters: 260_032,
    fileBytes: 535_776,
    ranks: false,
  })
  expect(vocabulary).toEqual({
    kind: 'llama',
    pieces: 512,
    begin: '<s>',
    end: '</s>',
    special: ['<s>', '</s>'],
  })
})

test('reads heads of a width of their own, the chat template and the special pieces', () => {
  const { kvBytesPerToken, chatTemplate, vocabulary } = describe(qwen3)
  expect(kvBytesPerToken).toBe(2 * 2 * (32 + 32) * 2)
  expect(chatTemplate).toContain('<|im_start|>assistant')
  expect(vocabulary).toMatchObject({
    kind: 'gpt2',
    begin: '<|endoftext|>',
    end: '<|im_end|>',
    special: ['<|endoftext|>', '<|im_start|>', '<|im_end|>'],
  })
})

test('takes a file of version 2, an absent licence, key-value heads and types of pieces', () => {
  const values = { 'llama.attention.head_count_kv': undefined, 'tokenizer.ggml.token_type': undefined }
  const described = describe(writeGguf({ version: 2, values }))
  expect(described).toMatchObject({ heads: 2, kvHeads: 2, vocabulary: { special: [], begin: '<s>' } })
  expect(described.license).toBeUndefined()
})

test('shows what makers wrote for people in one line, and refuses no file for it', () => {
  const described = describe(
    writeGguf({ values: { 'general.name': ['a'], 'general.license': 'Own\nLicence\u001b[31m' } }),
  )
  expect([described.name, described.license]).toEqual([undefined, 'Own Licence [31m'])
})

const cases = {
  'is cut in its data': [stories.subarray(0, 400_000), /it has 400000, so it was cut/],
  'has a wild header': [
    Buffer.concat([stories.subarray(0, 8), Buffer.alloc(16, 0xff), stories.subarray(24)]),
    /the number of tensors is 18446744073709551615; expected 65535 at most/,
  ],
  'is empty': [Buffer.alloc(0), /it is empty/],
  'is a pointer of Git LFS': [
    Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 535776\n'),
    /Git LFS pointer/,
  ],
  'has a value without a key': [writeGguf({ values: { '': 'x' } }), /it has a value without a key/],
  'has an unknown architecture': [
    writeGguf({ values: { 'general.architecture': 'nonesuch' } }),
    /its architecture is "nonesuch"; expected one of those proven here, gpt2, llama/,
  ],
  'has 7 heads': [
    writeGguf({ values: { 'llama.attention.head_count': 7, 'llama.attention.head_count_kv': 7 } }),
    /its width of 8 cannot be divided among 7 heads/,
  ],
  'is 2^31 wide': [
    writeGguf({ values: { 'llama.embedding_length': 2 ** 31 } }),
    /llama.embedding_length is 2147483648; expected a whole number of 1 to 65536/,
  ],
  'is 400 random bytes': [
    Buffer.from(Array.from({ length: 400 }, (_, at) => (at * 7919 + 13) % 251)),
    /does not begin with the letters GGUF/,
  ],
} as const

test.each(Object.entries(cases))('refuses a file that %s, with the process alive', (_, [bytes, sentence]) => {
  const error = refusal(() => describe(bytes))
  expect([error.code, error.retryable]).toEqual(['artifact_corrupt', false])
  expect(error.message).toMatch(sentence)
})

const embedding = { name: 'token_embd.weight', shape: [8, 4] }
const lies: Record<string, [WrittenGguf, RegExp]> = {
  'version 1': [{ version: 1 }, /its version is 1; expected 2 or 3/],
  'a version of big-endian files': [
    { version: 0x03000000 },
    /it is big-endian; convert it for this processor: `gguf-convert-endian/,
  ],
  'no architecture': [
    { values: { 'general.architecture': undefined } },
    /lacks the key general.architecture/,
  ],
  'an architecture that is a number': [{ values: { 'general.architecture': 3 } }, /is 3; expected a text/],
  'a template that is a list': [
    { values: { 'tokenizer.chat_template': ['a'] } },
    /is a list of 1; expected a text/,
  ],
  'no context': [{ values: { 'llama.context_length': undefined } }, /lacks the key llama.context_length/],
  'heads that do not share evenly': [
    { values: { 'llama.attention.head_count_kv': 3 } },
    /2 heads cannot share 3 key-value heads/,
  ],
  'an alignment of 24': [{ values: { 'general.alignment': 24 } }, /its alignment is 24/],
  'a baichuan of 12 layers': [
    {
      values: {
        'general.architecture': 'baichuan',
        'baichuan.context_length': 128,
        'baichuan.embedding_length': 8,
        'baichuan.block_count': 12,
        'baichuan.attention.head_count': 2,
      },
    },
    /baichuan model of 12 layers/,
  ],
  'one part of three': [
    { values: { 'split.count': 3 } },
    /it is one part of several; merge them: `llama-gguf-split --merge/,
  ],
  'a tokenizer of another kind': [
    { values: { 'tokenizer.ggml.model': 'rwkv' } },
    /is "rwkv"; expected llama or/,
  ],
  'no tokenizer': [{ values: { 'tokenizer.ggml.model': undefined } }, /tokenizer.ggml.model is missing/],
  'no pieces': [{ values: { 'tokenizer.ggml.tokens': undefined } }, /is no list of texts/],
  'pieces that are one text': [{ values: { 'tokenizer.ggml.tokens': 'a' } }, /is "a"; expected a list/],
  'fewer types than pieces': [
    { values: { 'tokenizer.ggml.token_type': ggufIntegers([1, 1]) } },
    /4 pieces and 2 types/,
  ],
  'an end beyond its pieces': [{ values: { 'tokenizer.ggml.eos_token_id': 4 } }, /no place in its list of 4/],
  'a template beyond reason': [
    { values: { 'tokenizer.chat_template': 'x'.repeat(262_145) } },
    /chat template has 262145 characters/,
  ],
  'lists within a list': [
    { values: { x: { type: 9, bytes: Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) } } },
    /items of "x" are of lists/,
  ],
  'a value of an unknown type': [{ values: { x: { type: 13, bytes: Buffer.alloc(8) } } }, /has the type 13/],
  'a flag of 2': [{ values: { x: { type: 7, bytes: Buffer.from([2]) } } }, /is 2; expected 0 or 1/],
  'a list of an unknown type': [
    { values: { x: { type: 9, bytes: Buffer.from([99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) } } },
    /of the type 99/,
  ],
  'text that is not UTF-8': [
    {
      values: {
        x: { type: 8, bytes: Buffer.concat([ggufText('ab').subarray(0, 8), Buffer.from([0xff, 0xfe])]) },
      },
    },
    /the value of "x" is not UTF-8/,
  ],
  'no first matrix': [{ tensors: [] }, /lacks the tensor token_embd.weight/],
  'a first matrix of another width': [
    { tensors: [{ ...embedding, shape: [16, 4] }] },
    /is 16 × 4; its header says 8 × 4/,
  ],
  'a tensor twice': [
    { tensors: [embedding, { ...embedding, offset: 128 }] },
    /tensor token_embd.weight twice/,
  ],
  'a tensor over another': [
    { tensors: [embedding, { name: 'b', shape: [8], offset: 64 }] },
    /begins at 64; expected 128/,
  ],
  'a tensor of an unknown type': [{ tensors: [{ ...embedding, type: 4 }] }, /has the type 4, which is none/],
  'a tensor of five dimensions': [
    { tensors: [{ ...embedding, shape: [1, 1, 1, 1, 1] }] },
    /has 5 dimensions/,
  ],
  'a tensor without rows': [{ tensors: [{ ...embedding, shape: [8, 0] }] }, /a dimension of 0/],
  'a row that is no block': [{ tensors: [{ ...embedding, type: 2 }] }, /expected a multiple of 32 for Q4_0/],
  'a tensor beyond all memory': [{ tensors: [{ ...embedding, shape: [2 ** 40, 2 ** 40] }] }, /would have \d/],
}

test.each(Object.entries(lies))('refuses a file with %s and says so', (_, [parts, sentence]) => {
  const error = refusal(() => describe(writeGguf(parts)))
  expect(error.code).toBe('artifact_corrupt')
  expect(error.message).toMatch(sentence)
})

test('refuses a key that stands twice', () => {
  const twice = writeGguf({ values: { 'general.nama': 'x' } })
  twice.write('general.name', twice.indexOf('general.nama'))
  expect(refusal(() => describe(twice)).message).toMatch(/the key "general.name" twice/)
})

test('reads values of every plain type without losing its place', () => {
  const bytes = (length: number) => Buffer.alloc(length, 1)
  const widths = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 }
  const values = Object.fromEntries(
    Object.entries(widths).map(([type, width]) => [
      `x.${type}`,
      { type: Number(type), bytes: bytes(width).fill(type === '10' ? 0 : 1) },
    ]),
  )
  expect(describe(writeGguf({ values })).layers).toBe(2)
})

test.each([
  ['stories', stories],
  ['qwen3', qwen3],
])('refuses every cut of %s as damaged, and nothing else happens', (_, file) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: file.length - 1 }), (end) => {
      expect(refusal(() => describe(file.subarray(0, end))).code).toBe('artifact_corrupt')
    }),
    { numRuns: 300 },
  )
})

test.each([
  ['stories', stories],
  ['qwen3', qwen3],
])('takes or refuses %s with any bytes of its header changed, within its bounds', (_, file) => {
  const flip = fc.record({ at: fc.integer({ min: 0, max: 12_000 }), to: fc.integer({ min: 0, max: 255 }) })
  fc.assert(
    fc.property(fc.array(flip, { minLength: 1, maxLength: 8 }), (flips) => {
      const changed = Buffer.from(file)
      for (const { at, to } of flips) changed[at] = to
      try {
        const described = describe(changed)
        expect(described.vocabulary.pieces).toBeLessThanOrEqual(512)
        expect(described.kvBytesPerToken).toBeGreaterThan(0)
      } catch (error) {
        expect((error as AppError).code).toBe('artifact_corrupt')
      }
    }),
    { numRuns: 500 },
  )
})

test('reckons the memory of a model from its file and its context', () => {
  const described = { fileBytes: 429_000_000, kvBytesPerToken: 12_288, contextTokens: 32_768 }
  expect(memoryOf(described, 4096)).toBe(180_000_000 + 858_000_000 + 4096 * 12_288)
  expect(memoryOf(described, 1_000_000)).toBe(180_000_000 + 858_000_000 + 32_768 * 12_288)
})

test('refuses a model that cannot fit before it is loaded, with both numbers', () => {
  const described = { fileBytes: 4_200_000_000, kvBytesPerToken: 524_288, contextTokens: 4096 }
  const bounds = { model: 'baichuan2-7b-chat', contextTokens: 2048, availableBytes: 8_000_000_000 }
  const error = refusal(() => refuseTooLarge(described, bounds))
  expect(error.code).toBe('model_too_large')
  expect(error.message).toContain('needs about 9654 MB of memory with a context of 2048 tokens, and 8000 MB')
  expect(() => refuseTooLarge(described, { ...bounds, availableBytes: 10_000_000_000 })).not.toThrow()
})
