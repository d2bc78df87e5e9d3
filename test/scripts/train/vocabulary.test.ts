import { expect, test } from 'vitest'
import { mergeVocabularies, SPECIAL_TOKENS, writeTokenizer } from '../../../scripts/train/vocabulary.ts'
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

test('the tokenizer splits Chinese one by one and English by pieces', async () => {
  const pieces = mergeVocabularies(english, chinese)
  const tokenizer = await loadTokenizer(writeTokenizer(pieces), { specialTokens: false, dropUnknown: true })
  const { ids } = tokenizer.encode('Nurses 护士, xyz', { maxTokens: 64, truncate: 'end' })
  expect(Array.from(ids, (id) => pieces[id])).toEqual(['nurse', '##s', '护', '士'])
})

test('with special tokens it frames texts as BERT does', async () => {
  const json = writeTokenizer(mergeVocabularies(english, chinese))
  const tokenizer = await loadTokenizer(json, { specialTokens: true, dropUnknown: false })
  const { ids } = tokenizer.pairsOf('nurse', { maxTokens: 64, truncate: 'end' })('护')
  expect([...ids]).toEqual([2, 5, 3, 9, 3])
})
