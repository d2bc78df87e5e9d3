import { expect, test } from 'vitest'
import { loadTokenizer } from '../../src/tokenizer/tokenizer.ts'
import { wordPieceFile } from './tokenizers.ts'

const settings = { specialTokens: true, dropUnknown: false }

test('a text is wrapped in the special tokens of the model', async () => {
  const tokenizer = await loadTokenizer(JSON.stringify(wordPieceFile()), settings)
  const { ids, typeIds, truncated } = tokenizer.encode('the cats', { maxTokens: 8, truncate: 'end' })
  expect([...ids]).toEqual(
    ['[CLS]', 'the', 'cat', '##s', '[SEP]'].map((token) => wordPieceFile().model.vocab[token]),
  )
  expect(typeIds).toBeUndefined()
  expect(truncated).toBe(false)
})
