import { describe, expect, test } from 'vitest'
import { parseTokenizerFile } from '../../../src/tokenizer/file/tokenizer-file.ts'
import { loadTokenizer } from '../../../src/tokenizer/tokenizer.ts'
import { readWordPieceFile } from '../../../src/tokenizer/word-piece/file.ts'
import { createWordPieceSubwords } from '../../../src/tokenizer/word-piece/subwords.ts'
import { wordPieceFile, wordyFile } from '../tokenizers.ts'

const plain = { specialTokens: false, dropUnknown: false }
const whole = { maxTokens: 1_000_000, truncate: 'end' } as const
const json = JSON.stringify(wordyFile())

describe('a vocabulary with Chinese words', () => {
  const { vocab } = wordPieceFile().model
  const nurse = Object.keys(vocab).length

  test('is read in one pass, though the library would read it, too', async () => {
    expect(createWordPieceSubwords(readWordPieceFile(json)!, true)).toBeDefined()
    const other = {
      ...JSON.parse(json),
      pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Whitespace' }] },
    }
    expect(createWordPieceSubwords(readWordPieceFile(JSON.stringify(other))!, true)).toBeUndefined()
  })

  test.each(['the', '我', 'the护士', '护士the', '我the 护士'])(
    'reads “%s” alike with and without spaces',
    async (text) => {
      const spaced = text.replaceAll(/([a-z]+)/g, ' $1 ')
      for (const file of [json, parseTokenizerFile(json)]) {
        const tokenizer = await loadTokenizer(file, plain)
        expect(tokenizer.encode(text, whole).ids).toEqual(tokenizer.encode(spaced, whole).ids)
      }
    },
  )

  test('counts ids, not texts, as its size: an id beyond the table is no id', async () => {
    const settings = { specialTokens: false, dropUnknown: true }
    for (const file of [json, parseTokenizerFile(json)]) {
      expect((await loadTokenizer(file, settings)).vocabularySize).toBe(nurse + 1)
    }
  })

  test('loses nothing of a run that is longer than any sentence', async () => {
    const tokenizer = await loadTokenizer(json, plain)
    const { ids } = tokenizer.encode('护士'.repeat(30_000), whole)
    expect(ids).toHaveLength(30_000)
    expect(new Set(ids)).toEqual(new Set([nurse]))
  })

  test('an unknown character costs the run nothing but itself', async () => {
    const tokenizer = await loadTokenizer(json, { specialTokens: false, dropUnknown: true })
    expect([...tokenizer.encode('护士龘護士', whole).ids]).toEqual([nurse, nurse])
  })
})
