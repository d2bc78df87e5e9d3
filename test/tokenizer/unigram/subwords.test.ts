import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomOf, SCRIPTS, sentencesIn } from '../scripts.ts'
import {
  type AddedTokenEntry,
  idsOf,
  isReadAlike,
  loadFlat,
  loadReference,
  METASPACE_WORDS,
  unigramFile,
} from './files.ts'

async function expectSame(file: unknown, texts: readonly string[], dropUnknown = false): Promise<number[][]> {
  const [flat, reference] = [await loadFlat(file, dropUnknown), await loadReference(file, dropUnknown)]
  const alike = texts.filter(isReadAlike)
  expect(alike.length).toBeGreaterThan(texts.length / 2)
  expect(alike.map((text) => idsOf(flat, text))).toEqual(alike.map((text) => idsOf(reference, text)))
  return texts.map((text) => idsOf(flat, text))
}

const VOCABULARY: [string, number][] = [
  ['▁', -2],
  ['a', -3],
  ['b', -3],
  ['ab', -4.5],
  ['▁a', -4],
  ['😀', -5],
  ['▁ab', -8],
]

describe('the flat form of a Unigram tokenizer', () => {
  it('fuses unknown characters beside each other into one unknown token', async () => {
    const [ids] = await expectSame(unigramFile(VOCABULARY), ['axyzb'])
    expect(ids).toEqual([5, 0, 3])
  })

  it('fuses unknown characters across words where words bring no piece of their own', async () => {
    const file = unigramFile([['a', -1]], { pre_tokenizer: { type: 'WhitespaceSplit' } })
    expect(await expectSame(file, ['x y a z'])).toEqual([[0, 1, 0]])
  })

  it('gives fused unknown characters the id of the piece that they happen to spell', async () => {
    const file = unigramFile([['xy', -1]], { pre_tokenizer: { type: 'WhitespaceSplit' } })
    expect(await expectSame(file, ['x y', 'x y z', 'z x y'])).toEqual([[1], [0], [0]])
  })

  it('prefers two unknown characters to a piece when scores are that odd', async () => {
    await expectSame(
      unigramFile(
        [
          ['xy', 100],
          ['x', 200],
        ],
        { pre_tokenizer: null },
      ),
      ['xy', 'yx', 'xyxy'],
    )
  })

  it('ignores byte_fallback, as the library does', async () => {
    const bytes = Array.from({ length: 256 }, (_, byte): [string, number] => [
      `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
      -1,
    ])
    const file = unigramFile([...VOCABULARY, ...bytes], { model: { byte_fallback: true } })
    expect(await expectSame(file, ['aéb'])).toEqual([[5, 0, 3]])
  })

  it('breaks ties as the library does: the longest last piece wins', async () => {
    const file = unigramFile(
      [
        ['a', -1],
        ['aa', -2],
        ['aaa', -3],
      ],
      { pre_tokenizer: null },
    )
    expect(await expectSame(file, ['aaa', 'aaaa', 'aaaaa'])).toEqual([[3], [1, 3], [2, 3]])
  })

  it('chooses predecessors after rounding, as the library does', async () => {
    // -1e16 - 1 and -1e16 - 0.5 are told apart before the last piece is added, not after.
    const file = unigramFile(
      [
        ['ab', -1],
        ['b', -0.25],
        ['a', -0.25],
        ['c', -1e16],
      ],
      { pre_tokenizer: null },
    )
    expect(await expectSame(file, ['ab', 'abc'])).toEqual([
      [3, 2],
      [1, 4],
    ])
  })

  it('takes the last id of a piece that is listed twice', async () => {
    const file = unigramFile([...VOCABULARY, ['a', -20]])
    expect(await expectSame(file, ['a', 'aa'])).toEqual([[5], [5, 8]])
  })

  it('finds the literal text of special tokens where normalization makes it', async () => {
    const added = [{ id: 0, content: '<unk>', special: true }]
    await expectSame(unigramFile(VOCABULARY, { added }), ['＜unk＞', 'a＜unk＞x', 'x＜unk＞y', '<unk>x<unk>'])
  })

  it('takes the longer of two added tokens that start at one place', async () => {
    const added = ['<a', '<ab>', '<'].map((content, index) => ({ id: 20 + index, content, special: true }))
    expect(await expectSame(unigramFile(VOCABULARY, { added }), ['<ab><a<'])).toEqual([[21, 20, 22]])
  })

  it('names a piece after the added token that normalizes to it', async () => {
    const added = [{ id: 20, content: ' ', normalized: true }]
    const normalizer = { type: 'Replace', pattern: { String: ' ' }, content: '▁' }
    const file = unigramFile(VOCABULARY, {
      added,
      normalizer,
      pre_tokenizer: { type: 'Metaspace', replacement: '▁' },
    })
    expect(await expectSame(file, ['b', 'b b'])).toEqual([
      [20, 3],
      [20, 3, 20, 20, 3],
    ])
  })

  it('leaves unknown tokens out when told to', async () => {
    expect(await expectSame(unigramFile(VOCABULARY), ['axb'], true)).toEqual([[5, 3]])
  })

  it('looks up pieces and added tokens, and counts both in its vocabulary', async () => {
    const file = unigramFile(VOCABULARY, { added: [{ id: 40, content: '<mask>', special: true }] })
    const [flat, reference] = [await loadFlat(file), await loadReference(file)]
    for (const token of ['ab', '▁ab', '<mask>', '<unk>', 'nothing', '']) {
      expect(flat.lookUp(token)).toBe(reference.lookUp(token))
    }
    expect(flat.vocabularySize).toBe(reference.vocabularySize)
  })

  it('cuts long texts as the library is cut', async () => {
    const text = `${'ab a b '.repeat(2000)}${'中文的'.repeat(2000)}`
    const file = unigramFile([...VOCABULARY, ['中文', -3], ['的', -4]])
    const [flat, reference] = [await loadFlat(file), await loadReference(file)]
    for (const from of ['start', 'end'] as const) {
      expect(flat.take(text, 100, from)).toEqual(reference.take(text, 100, from))
    }
  })
})

describe('ten scripts', () => {
  const random = randomOf(7)
  const words = SCRIPTS.map((script) => {
    const letters = [...script.letters]
    return Array.from({ length: 400 }, () =>
      Array.from(
        { length: 1 + Math.floor(random() * 4) },
        () => letters[Math.floor(random() * letters.length)]!,
      ).join(''),
    )
  })
  const pieces = new Map<string, number>([['▁', -3]])
  for (const word of words.flat()) {
    pieces.set(word, -5 - random() * 10)
    if (random() < 0.5) pieces.set(`▁${word}`, -5 - random() * 10)
  }
  const file = unigramFile([...pieces])

  it.each(SCRIPTS.map((script, index) => ({ ...script, index })))(
    'gives the ids of the library for 1,000 sentences in $name',
    async (script) => {
      await expectSame(file, sentencesIn(script, words[script.index]!, 1000, random))
    },
  )
})

describe('any text and vocabulary', () => {
  const unit = fc.constantFrom(
    'a',
    'b',
    'c',
    '▁',
    ' ',
    '\u3000',
    '😀',
    '\ud83d',
    '\ude00',
    '＜',
    '<',
    '①',
    '1',
    '\u0301',
    'é',
    '\u0000',
  )
  const text = fc.oneof(fc.string({ unit, maxLength: 24 }), fc.string({ unit: 'binary', maxLength: 24 }))
  const piece = fc.string({
    unit: fc.constantFrom('a', 'b', 'c', '▁', '😀', '<', '1', 'é'),
    minLength: 1,
    maxLength: 4,
  })
  const score = fc.oneof(
    fc.constantFrom(-1, -2, -3, -0.1, -0.2, -0.3, 0, 5, -1e16, -1e300),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  const added: fc.Arbitrary<Omit<AddedTokenEntry, 'id'>> = fc.record(
    {
      content: fc.string({ unit, minLength: 1, maxLength: 3 }),
      special: fc.boolean(),
      normalized: fc.boolean(),
      lstrip: fc.boolean(),
      rstrip: fc.boolean(),
    },
    { requiredKeys: ['content'] },
  )
  const normalizer = fc.constantFrom(
    null,
    { type: 'Precompiled' },
    {
      type: 'Sequence',
      normalizers: [{ type: 'NFKC' }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }],
    },
  )
  const splitter = fc.constantFrom(
    null,
    METASPACE_WORDS,
    { type: 'WhitespaceSplit' },
    { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
  )

  it('gives the ids of the library', async () => {
    const vocabulary = fc.array(fc.tuple(piece, score), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(
        vocabulary,
        fc.array(added, { maxLength: 3 }),
        normalizer,
        splitter,
        fc.array(text, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        async (vocab, tokens, normalize, split, texts, dropUnknown) => {
          const size = vocab.length + 1
          const entries = tokens.map((token, index) => {
            const listed = vocab.findLastIndex(([content]) => content === token.content)
            return { ...token, id: listed < 0 ? size + index : listed + 1 }
          })
          const file = unigramFile(vocab, { added: entries, normalizer: normalize, pre_tokenizer: split })
          await expectSame(file, texts, dropUnknown)
        },
      ),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 400) },
    )
  })
})
