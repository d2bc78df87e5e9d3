import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadTokenizer } from '../../../src/tokenizer/tokenizer.ts'
import { WindowedSubwords } from '../../../src/tokenizer/window/windowed-subwords.ts'
import { fixtureFolder } from '../../support/fixtures.ts'

const FAMILIES = ['bert-float32', 'roberta-float32', 'xlm-roberta-float32', 'mpnet-float32']
const settings = { specialTokens: false, dropUnknown: false }
const tokenizerOf = (id: string) =>
  loadTokenizer(readFileSync(join(fixtureFolder, id, 'tokenizer.json'), 'utf8'), settings)

const words = fc.constantFrom(
  ...[
    'nurse',
    'data',
    'Engineer,',
    '护士',
    '软件工程师。',
    "don't",
    '(full-time)',
    'é',
    '👩‍⚕️',
    '\n',
    '  ',
    '3.5',
    '<s>',
    '[CLS]',
  ],
)
const longTexts = fc.array(words, { minLength: 100, maxLength: 600 }).map((list) => list.join(' '))

describe.each(FAMILIES)('%s', (id) => {
  test.each(['end', 'start'] as const)(
    'cutting a long text at its %s keeps the tokens of the whole',
    async (truncate) => {
      const tokenizer = await tokenizerOf(id)
      fc.assert(
        fc.property(longTexts, fc.integer({ min: 1, max: 24 }), (text, maxTokens) => {
          const all = [...tokenizer.encode(text, { maxTokens: 1e6, truncate: 'end' }).ids]
          const { ids, truncated } = tokenizer.encode(text, { maxTokens, truncate })
          expect([...ids]).toEqual(truncate === 'end' ? all.slice(0, maxTokens) : all.slice(-maxTokens))
          expect(truncated).toBe(true)
        }),
        { numRuns: 60 },
      )
    },
  )

  test.each(['👩‍⚕️', '\u0301', 'x', ' ', '☃ '])('a megabyte of %j does not break it', async (unit) => {
    const tokenizer = await tokenizerOf(id)
    for (const truncate of ['end', 'start'] as const) {
      const { ids } = tokenizer.encode(unit.repeat(1e6 / unit.length), { maxTokens: 8192, truncate })
      expect(ids.length).toBeLessThanOrEqual(8192)
    }
  })

  test('a text that just fits is not cut', async () => {
    const tokenizer = await tokenizerOf(id)
    const text = 'data engineer nurse '.repeat(200)
    const { length } = tokenizer.encode(text, { maxTokens: 1e6, truncate: 'end' }).ids
    expect(tokenizer.encode(text, { maxTokens: length, truncate: false }).truncated).toBe(false)
    expect(() => tokenizer.encode(text, { maxTokens: length - 1, truncate: false })).toThrow(
      expect.objectContaining({ code: 'input_too_long' }),
    )
  })
})

describe('10 MB', () => {
  const MEGABYTES_10 = 10_000_000
  /** One token for each word; it counts the characters that it is given. */
  function countingTokenizer() {
    const read = { characters: 0 }
    const subwords = new WindowedSubwords({
      encode(text) {
        read.characters += text.length
        return text
          .split(/\s+/)
          .filter(Boolean)
          .map((word) => word.length)
      },
      lookUp: () => undefined,
      rules: {
        literals: [],
        splitsWords: true,
        splitsPunctuation: true,
        ignoresSpaceRuns: true,
        joins: undefined,
      },
      vocabularySize: 1,
      unknownId: undefined,
    })
    return { read, subwords }
  }

  test.each([
    ['words', 'nurse ', 256],
    ['one letter', 'x', 1],
    ['spaces', ' ', 0],
    ['emoji', '👩‍⚕️', 1],
    ['combining marks', '\u0301', 1],
    ['Chinese', '护', 1],
    ['null characters', '\0', 1],
  ])('of %s are read in part, from either end', (_, unit, tokens) => {
    const text = unit.repeat(Math.ceil(MEGABYTES_10 / unit.length))
    for (const from of ['start', 'end'] as const) {
      const { read, subwords } = countingTokenizer()
      const { ids, more } = subwords.take(text, 256, from)
      expect(ids.length).toBeGreaterThanOrEqual(Math.min(tokens, 1))
      expect(more).toBe(tokens > 0)
      expect(read.characters).toBeLessThan(600_000)
    }
  })

  test('of words cost what their first words cost', () => {
    const { read, subwords } = countingTokenizer()
    const { ids } = subwords.take('nurse '.repeat(MEGABYTES_10 / 6), 256, 'start')
    expect(ids).toHaveLength(256)
    expect(read.characters).toBeLessThan(4096)
  })
})
