import { expect, test } from 'vitest'
import { mapCharacters } from '../../../scripts/train/chinese-words.ts'
import {
  addChineseWords,
  mergeVocabularies,
  SPECIAL_TOKENS,
  vocabularyOf,
  writeTokenizer,
} from '../../../scripts/train/vocabulary.ts'
import { loadTokenizer } from '../../../src/tokenizer/tokenizer.ts'

const vocabulary = (...pieces: string[]) => ({
  model: { vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])) },
})
const english = vocabulary(
  '[PAD]',
  '[unused1]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
  'nurse',
  '##s',
  '士',
  '##士',
  'д',
  'é',
)
const chinese = vocabulary('[PAD]', '[UNK]', '护', '士', '##护', '，', 'app', '##app', 'nurse', '㊣')

test('merges what both languages need and nothing that cannot come up', () => {
  expect(mergeVocabularies(english, chinese)).toEqual([
    ...SPECIAL_TOKENS,
    'nurse',
    '##s',
    '士',
    'é',
    '护',
    '，',
    'app',
  ])
})

const traditional = new Map([
  ['護士', '护士'],
  ['護', '护'],
])
const characters = mapCharacters(traditional, ['护士', '士'])
const withWords = () =>
  addChineseWords(mergeVocabularies(english, chinese), ['护士'], traditional, characters)
const settings = { specialTokens: false, dropUnknown: true }
const whole = { maxTokens: 64, truncate: 'end' } as const

test('Chinese words are pieces, and everything else stays what it was', async () => {
  const { pieces, words, keys } = withWords()
  expect(pieces.slice(-2)).toEqual(['app', '护士'])
  expect(words).toEqual(new Set(['护士']))
  expect(keys.get('nurse')).toBe(pieces.indexOf('nurse'))
  const tokenizer = await loadTokenizer(writeTokenizer(withWords()), settings)
  const { ids } = tokenizer.encode('Nurses 护士士 护, xyz', whole)
  expect(Array.from(ids, (id) => pieces[id])).toEqual(['nurse', '##s', '护士', '士', '护'])
})

test('traditional forms have the ids of simplified ones, and Latin without a space those of Latin with one', async () => {
  const tokenizer = await loadTokenizer(writeTokenizer(withWords()), settings)
  const idsOf = (text: string) => [...tokenizer.encode(text, whole).ids]
  expect(idsOf('護士護')).toEqual(idsOf('护士护'))
  expect(idsOf('护士app护')).toEqual(idsOf('护士 app 护'))
})

test('a rare character within a run is unknown by itself', async () => {
  const { pieces, keys } = withWords()
  expect(keys.get('龘')).toBe(1)
  const tokenizer = await loadTokenizer(writeTokenizer(withWords()), settings)
  expect(Array.from(tokenizer.encode('护士龘护', whole).ids, (id) => pieces[id])).toEqual(['护士', '护'])
  expect(tokenizer.vocabularySize).toBe(pieces.length)
})

test('a character that simplified words have is left alone unless the dictionary maps it plainly', () => {
  // 乾 is written so in 乾坤 in both, and stands for 干 in some words: two are no proof, an entry of its own is.
  const words = new Map([
    ['乾坤', '乾坤'],
    ['餅乾', '饼干'],
    ['乾燥', '干燥'],
  ])
  expect(mapCharacters(words, ['乾坤', '饼干']).get('乾')).toBeUndefined()
  expect(mapCharacters(new Map([...words, ['乾', '干']]), ['乾坤', '饼干']).get('乾')).toBe('干')
  expect(mapCharacters(words, []).get('餅')).toBe('饼')
})

test('with special tokens it frames texts as BERT does', async () => {
  const json = writeTokenizer(vocabularyOf(mergeVocabularies(english, chinese)))
  const tokenizer = await loadTokenizer(json, { specialTokens: true, dropUnknown: false })
  const { ids } = tokenizer.pairsOf('nurse', { maxTokens: 64, truncate: 'end' })('护')
  expect([...ids]).toEqual([2, 5, 3, 9, 3])
})
