import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { parseTokenizerFile } from '../../../src/tokenizer/file/tokenizer-file.ts'
import { loadFlatTokenizer, loadTokenizer } from '../../../src/tokenizer/tokenizer.ts'
import { readWordPieceFile } from '../../../src/tokenizer/word-piece/file.ts'
import { writeFlatWordPiece } from '../../../src/tokenizer/word-piece/flat.ts'
import { sharedFolder, testWithShared } from '../../support/shared.ts'
import { wordPieceFile, wordyFile } from '../tokenizers.ts'

const plain = { specialTokens: false, dropUnknown: false }
const whole = { maxTokens: 1_000_000, truncate: 'end' } as const
const shipped = readFileSync(
  join(import.meta.dirname, '../../../layers/models/jobs-static-2/tokenizer.json'),
  'utf8',
)

/** Ids by our own reader and by the library, which is given the file parsed. */
async function both(json: string, settings = plain) {
  const [ours, library] = [
    await loadTokenizer(json, settings),
    await loadTokenizer(parseTokenizerFile(json), settings),
  ]
  return (text: string) => [ours, library].map((tokenizer) => [...tokenizer.encode(text, whole).ids])
}

const pieces = fc.constantFrom(
  ...[
    'Nurse',
    'CAT',
    ' ',
    '\t',
    '\u3000',
    '护士',
    '護士我',
    '龘',
    '，',
    'é',
    'e\u0301',
    'ﬁ',
    'İ',
    '[MASK]',
    '[UNK]x',
    '<unk>',
    'a<UNK>',
    '##s',
    '\0',
    '\u200b',
    'κύριος',
    'Ｐｙｔｈｏｎ',
    'ｶﾞｲﾄﾞ',
    '㍿',
    '½',
    '…',
    '´',
    'ﷺ',
  ],
  ...[
    '한국',
    '\u1112\u1161\u11ab',
    '\u0903\u0345',
    '👩‍⚕️',
    '\ud800',
    '\udc00',
    '𠮟'.normalize(),
    "don't",
    '≠',
    'ÅÖ',
    '#+',
    '\ufffd',
  ],
)
const texts = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
)
/** Where we follow the reference implementation rather than the library: see `BertCharacters`. */
const DEVIATES = /[Σ\u{20000}-\u{3ffff}]/u

afterEach(() => {
  vi.doUnmock('@huggingface/tokenizers')
  vi.resetModules()
})

describe.each([
  ['a small vocabulary', JSON.stringify(wordPieceFile())],
  ['the bundled vocabulary', shipped],
  ['one that keeps case and accents', cased()],
  ['one that keeps accents, after NFKC', afterForm('NFKC', cased())],
  ['one after NFD', afterForm('NFD', JSON.stringify(wordPieceFile()))],
  ['one with Chinese words, several texts of one id', JSON.stringify(wordyFile())],
  ['one with a token of normalized text, as MPNet has', withUnk()],
])('%s', (_, json) => {
  test('gives the ids of the library', async () => {
    const ids = await both(json)
    fc.assert(
      fc.property(
        texts.filter((text) => !DEVIATES.test(text) && !DEVIATES.test(text.normalize('NFKC'))),
        (text) => {
          const [ours, library] = ids(text)
          expect(ours).toEqual(library)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('leaves unknown tokens out when told to', async () => {
    const ids = await both(json, { specialTokens: false, dropUnknown: true })
    for (const text of ['the ☃ cat', '☃', 'x'.repeat(200), '']) {
      const [ours, library] = ids(text)
      expect(ours).toEqual(library)
    }
  })
})

/** `<unk>` is looked for in what normalization leaves. */
function withUnk(): string {
  const file = wordPieceFile()
  const token = { ...file.added_tokens[0]!, id: 500, content: '<unk>', normalized: true }
  return JSON.stringify({ ...file, added_tokens: [...file.added_tokens, token] })
}

test('a token of normalized text is found in every way to write it, and elsewhere nothing changes', async () => {
  const { vocab } = wordPieceFile().model
  const tokenizer = await loadTokenizer(withUnk(), plain)
  const ids = (text: string) => [...tokenizer.encode(text, whole).ids]
  for (const text of ['the<unk>cat', 'The <UNK> CAT', 'the ≮u\0nk> cat', 'the <\u0338u\u0308n\u200bk>cat'])
    expect([text, ids(text)]).toEqual([text, [vocab.the, 500, vocab.cat]])
  expect(ids('ΟΣ <')).toEqual([vocab.ο, vocab['##σ'], vocab['[UNK]']])
})

function cased(): string {
  const file = wordPieceFile()
  return JSON.stringify({
    ...file,
    normalizer: { ...file.normalizer, lowercase: false, strip_accents: false, handle_chinese_chars: false },
  })
}

function afterForm(type: string, json: string): string {
  const file = JSON.parse(json) as { normalizer: object }
  return JSON.stringify({
    ...file,
    normalizer: { type: 'Sequence', normalizers: [{ type }, file.normalizer] },
  })
}

test('the bundled vocabulary reads full-width and half-width forms as what they stand for', async () => {
  const tokenizer = await loadTokenizer(shipped, plain)
  const ids = (text: string) => [...tokenizer.encode(text, whole).ids]
  for (const [wide, usual] of [
    ['Ｐｙｔｈｏｎ　Ｊａｖａ', 'Python Java'],
    ['ｶﾞｲﾄﾞ', 'ガイド'],
    ['护士，３年', '护士,3年'],
    ['㍿ﬁ①', '株式会社fi1'],
  ]) {
    expect(ids(wide!)).toEqual(ids(usual!))
    expect(ids(wide!).length).toBeGreaterThan(0)
  }
})

test('a normalizer before BERT’s that is no Unicode form is left to the library', async () => {
  const file = wordPieceFile()
  const normalizers = [{ type: 'Lowercase' }, { type: 'NFC' }, file.normalizer]
  const ids = await both(JSON.stringify({ ...file, normalizer: { type: 'Sequence', normalizers } }))
  const [ours, library] = ids('The CAT')
  expect(ours).toEqual(library)
})

test('does not load the library', async () => {
  vi.resetModules()
  vi.doMock('@huggingface/tokenizers', () => {
    throw new Error('The library was loaded.')
  })
  const fresh = await import('../../../src/tokenizer/tokenizer.ts')
  const tokenizer = await fresh.loadTokenizer(shipped, plain)
  expect(tokenizer.encode('nurse', whole).ids).toHaveLength(1)
  await expect(fresh.loadTokenizer(parseTokenizerFile(shipped), plain)).rejects.toThrow()
})

test('a final sigma stays what it is, in the fixed form and beside marks that are reordered', async () => {
  const file = wordPieceFile()
  const { vocab } = file.model
  const ids = await both(JSON.stringify(file))
  for (const [text, pieces] of [
    ['ος', [vocab.ο, vocab['##ς']]],
    ['ος \u0345\u0903', [vocab.ο, vocab['##ς'], vocab['[UNK]']]],
  ] as const) {
    const [ours, library] = ids(text)
    expect(ours).toEqual(pieces)
    expect(ours).toEqual(library)
  }
})

test('a capital sigma and rare Chinese characters are read as the reference implementation does', async () => {
  const file = wordPieceFile()
  const { vocab } = file.model
  const tokenizer = await loadTokenizer(JSON.stringify(file), plain)
  expect([...tokenizer.encode('ΟΣ', whole).ids]).toEqual([vocab.ο, vocab['##σ']])
  expect([...tokenizer.encode('我𠀀中', whole).ids]).toEqual([vocab.我, vocab['[UNK]'], vocab.中])
})

test.each([
  [
    'another kind of model',
    (file: object) => ({ ...file, model: { type: 'BPE', vocab: { a: 0 }, merges: [] } }),
  ],
  ['two vocabularies', (file: object) => ({ ...file, extra: { vocab: {} } })],
  [
    'ids that are no numbers',
    (file: object) => ({ ...file, model: { type: 'WordPiece', vocab: { a: '1' } } }),
  ],
])('leaves %s to others', (_, change) => {
  expect(readWordPieceFile(JSON.stringify(change(wordPieceFile())))).toBeUndefined()
})

test.each([
  '',
  '{',
  '{"model":{"type":"WordPiece","vocab":{"a',
  '{"model":{"type":"WordPiece","vocab":{"a"1}}}',
])('leaves %j to the parser, which says what is wrong', async (json) => {
  expect(readWordPieceFile(json)).toBeUndefined()
  await expect(loadTokenizer(json, plain)).rejects.toThrow(
    expect.objectContaining({ code: 'artifact_corrupt' }),
  )
})

test('reads a vocabulary that is laid out and escaped in other ways', async () => {
  const file = wordPieceFile()
  const vocab = { ...file.model.vocab, 'q"uote': 900, 'back\\slash': 901, 'tab\t': 902, last: 7 }
  const json = JSON.stringify({ ...file, model: { ...file.model, vocab } }, null, 2).replace(
    '"hello"',
    '"h\\u0065llo"',
  )
  const read = readWordPieceFile(json)!
  for (const [piece, id] of Object.entries(vocab)) expect(read.table.lookUp(piece)).toBe(id)
  expect(read.table.lookUp('absent')).toBeUndefined()
  expect(read.table.size).toBe(903)
})

describe('the flat form', () => {
  const source = 'ab'.repeat(32)
  const flat = writeFlatWordPiece(readWordPieceFile(shipped)!, source)

  test('gives the same ids without parsing', async () => {
    const tokenizer = await loadFlatTokenizer(flat, source, plain)
    const parsed = await loadTokenizer(shipped, plain)
    fc.assert(
      fc.property(texts, (text) => {
        expect(tokenizer.encode(text, whole).ids).toEqual(parsed.encode(text, whole).ids)
      }),
      { numRuns: 500 },
    )
    expect([tokenizer.vocabularySize, tokenizer.padId]).toEqual([parsed.vocabularySize, parsed.padId])
  })

  test('has the same bytes for the same file', () => {
    expect(Buffer.compare(writeFlatWordPiece(readWordPieceFile(shipped)!, source), flat)).toBe(0)
  })

  test('is refused when it is cut, made from another file, or of another kind', async () => {
    const corrupt = expect.objectContaining({ code: 'artifact_corrupt' })
    await expect(loadFlatTokenizer(flat.subarray(0, 1000), source, plain)).rejects.toThrow(corrupt)
    await expect(loadFlatTokenizer(flat, 'cd'.repeat(32), plain)).rejects.toThrow(corrupt)
    const other = JSON.stringify({ ...wordPieceFile(), pre_tokenizer: { type: 'Whitespace' } })
    const bytes = writeFlatWordPiece(readWordPieceFile(other)!, source)
    await expect(loadFlatTokenizer(bytes, source, plain)).rejects.toThrow(corrupt)
  })
})

describe.each(['bert', 'bert-chinese'])('%s', (name) => {
  const files = ['stsb-en-dev.csv', 'stsb-en-train.csv', 'stsb-zh-dev.csv', 'esco_occupations_en.csv']
  const vocabulary = `data/${name}.tokenizer.json`
  testWithShared(
    'real texts have the ids of the library',
    [vocabulary, ...files.map((file) => `data/${file}`)],
    async () => {
      const ids = await both(readFileSync(join(sharedFolder, vocabulary), 'utf8'))
      const differing: string[] = []
      for (const file of files) {
        for (const line of readFileSync(join(sharedFolder, 'data', file), 'utf8').split('\n')) {
          const [ours, library] = ids(line)
          if (!DEVIATES.test(line) && ours!.join() !== library!.join()) differing.push(line)
        }
      }
      expect(differing).toEqual([])
    },
  )
})
