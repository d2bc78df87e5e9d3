import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadTokenTexts, type TokenText } from '../../src/tokenizer/token-texts.ts'
import { loadTokenizer } from '../../src/tokenizer/tokenizer.ts'
import { PARTED_SPLITTING } from '../../src/tokenizer/word-piece/splitting.ts'
import { fixtureFolder } from '../support/fixtures.ts'
import { sharedFolder, testWithShared } from '../support/shared.ts'
import { wordPieceFile } from './tokenizers.ts'

const settings = { specialTokens: true, dropUnknown: false }
const readJson = (model: string) => readFileSync(join(fixtureFolder, model, 'tokenizer.json'), 'utf8')
const show = (tokens: readonly TokenText[]) =>
  tokens.map(({ text, start, stop, special }) => (special ? text : `${text} ${start}-${stop}`))

test('frames a text with the special tokens of its model, which cover nothing', async () => {
  const tokenTexts = await loadTokenTexts(readJson('bert-float32'), settings)
  expect(tokenTexts.textsOf('Hello cats', true)).toEqual([
    { id: 2, text: '[CLS]', special: true, start: null, stop: null },
    { id: expect.any(Number), text: 'Hello', special: false, start: 0, stop: 5 },
    { id: expect.any(Number), text: 'cat', special: false, start: 6, stop: 9 },
    { id: expect.any(Number), text: 's', special: false, start: 9, stop: 10 },
    { id: 3, text: '[SEP]', special: true, start: null, stop: null },
  ])
  expect(show(tokenTexts.textsOf('Hello', false))).toEqual(['Hello 0-5'])
  const bare = await loadTokenTexts(readJson('bert-float32'), { specialTokens: false, dropUnknown: true })
  expect(show(bare.textsOf('☃ cat', true))).toEqual(['cat 4-7'])
})

// By the rules of Hugging Face tokenizers: dropped marks are in no token, a lone ▁ covers the character after it, and a
// byte within a character stands for all of it.
test.each([
  [
    'bert-float32',
    '我 cafe\u0301, qqq☃ [MASK]',
    ['我 0-3', 'c 4-5', 'a 5-6', 'f 6-7', 'e 7-8', ', 10-11', 'qqq☃ 12-18', '[MASK] 19-25'],
  ],
  ['mpnet-int8', 'Cats 们', ['Cat 0-3', 's 3-4', '们 5-8']],
  ['roberta-int8', 'the  cat é', ['the 0-3', ' 4-4', 'c 5-6', 'at 6-8', ' 9-9', 'é 9-11', 'é 9-11']],
  ['xlm-roberta-int8', 'the ☃☃q 你', ['the 0-3', '☃ 4-7', '☃☃ 4-10', 'q 10-11', '你 12-15', '你 12-15']],
])('%s: finds the tokens of “%s” in it', async (model, text, expected) => {
  const tokenTexts = await loadTokenTexts(readJson(model), settings)
  expect(show(tokenTexts.textsOf(text, false))).toEqual(expected)
})

test('shows each token in the characters that it was written with, where several texts have one id', async () => {
  const file = wordPieceFile()
  const { vocab } = file.model
  const [nurse, unknown] = [Object.keys(vocab).length, vocab['[UNK]']!]
  // The last text of the id is longer than the others: what was written decides, not what the id is called.
  const shared = {
    护士: nurse,
    '##护士': nurse,
    護士: nurse,
    '##護士': nurse,
    看护人员: nurse,
    龘: unknown,
    '##龘': unknown,
  }
  const json = JSON.stringify({
    ...file,
    normalizer: { ...file.normalizer, handle_chinese_chars: false },
    pre_tokenizer: PARTED_SPLITTING,
    model: { ...file.model, vocab: { ...vocab, ...shared } },
  })
  const tokenTexts = await loadTokenTexts(json, { specialTokens: false, dropUnknown: true })
  expect(show(tokenTexts.textsOf('護士龘护士the护士', true))).toEqual([
    '護士 0-6',
    '护士 9-15',
    'the 15-18',
    '护士 18-24',
  ])
  expect(show(tokenTexts.textsOf('看护人员 cat', true))).toEqual(['看护人员 0-12', 'cat 13-16'])
  const telling = await loadTokenTexts(json, { specialTokens: false, dropUnknown: false })
  expect(show(telling.textsOf('龘护士', true))).toEqual(['龘 0-3', '护士 3-9'])
})

test('shows a text that is read in lower case as it was written, where lower case is longer, too', async () => {
  const capitals = { ...settings, lowercase: true }
  const text = '我 İ \u212A CATS'
  for (const model of ['bert-float32', 'roberta-int8', 'xlm-roberta-int8']) {
    const tokenTexts = await loadTokenTexts(readJson(model), capitals)
    const tokenizer = await loadTokenizer(readJson(model), settings)
    const tokens = tokenTexts.textsOf(text, true)
    const { ids } = tokenizer.encode(text.toLowerCase(), { maxTokens: 100, truncate: 'end' })
    expect(tokens.map(({ id }) => id)).toEqual([...ids])
    const bytes = Buffer.from(text)
    for (const { special, text: covered, start, stop } of tokens) {
      if (!special) expect(covered).toBe(bytes.toString('utf8', start!, stop!))
    }
    expect(tokens.filter(({ special }) => !special).at(-1)!.stop).toBe(bytes.length)
  }
  const bert = await loadTokenTexts(readJson('bert-float32'), capitals)
  expect(show(bert.textsOf('CATS İ', false))).toEqual(['CAT 0-3', 'S 3-4', 'İ 5-7'])
})

describe.each(['bert-int8', 'mpnet-int8', 'roberta-int8', 'xlm-roberta-int8'])('%s', (model) => {
  test('shows the ids that the model is given, in text that they cover in order', async () => {
    const json = readJson(model)
    const tokenTexts = await loadTokenTexts(json, settings)
    const tokenizer = await loadTokenizer(json, settings)
    const part = fc.constantFrom(
      'the',
      'Cats',
      '护士',
      'é',
      'e\u0301',
      '👩‍⚕️',
      '½',
      ' ',
      '\n',
      ',',
      '[MASK]',
      '<mask>',
      '한국',
      'Σ',
    )
    const text = fc.array(part, { maxLength: 20 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (value) => {
        const tokens = tokenTexts.textsOf(value, true)
        const { ids } = tokenizer.encode(value, { maxTokens: 1000, truncate: 'end' })
        expect(tokens.map(({ id }) => id)).toEqual([...ids])
        const bytes = Buffer.from(value)
        let last = 0
        for (const { special, text: covered, start, stop } of tokens) {
          if (special) continue
          expect(start! >= 0 && start! <= stop! && stop! <= bytes.length && start! >= last).toBe(true)
          expect(bytes.toString('utf8', start!, stop!)).toBe(covered)
          last = start!
        }
      }),
      { numRuns: 150 },
    )
  })
})

// The golden answer is that of a test of Text Embeddings Inference itself, whose bge-m3 has the vocabulary of XLM-R.
testWithShared(
  'spells Chinese as Text Embeddings Inference does',
  ['data/xlm-r.tokenizer.json.gz'],
  async () => {
    const json = gunzipSync(readFileSync(join(sharedFolder, 'data', 'xlm-r.tokenizer.json.gz'))).toString()
    const tokenTexts = await loadTokenTexts(json, settings)
    const tokens = tokenTexts.textsOf('这是一个文本向量化的测试句子', true)
    expect(tokens.slice(0, 4)).toEqual([
      { id: 0, text: '<s>', special: true, start: null, stop: null },
      { id: 6, text: '这', special: false, start: 0, stop: 3 },
      { id: 100013, text: '这是一个', special: false, start: 0, stop: 12 },
      { id: 189061, text: '文本', special: false, start: 12, stop: 18 },
    ])
    expect(tokens.slice(4).map(({ start, stop }) => [start, stop])).toEqual([
      [18, 21],
      [21, 24],
      [24, 30],
      [30, 36],
      [36, 39],
      [39, 42],
      [null, null],
    ])
  },
)
