import { type FixtureTokenizer, specialToken, template, tokenizerJson } from './tokenizer-json.ts'
import { CHINESE, ENDINGS, ENGLISH, LETTERS, SIGNS } from './words.ts'

const SPECIALS = ['<s>', '<pad>', '</s>', '<unk>']
const SPACE = '▁'

/**
 * The form of XLM-R: Unigram with a score for each piece, case kept, spaces as ▁, `<s> … </s>`, pad id 1. NFKC
 * stands in for XLM-R's own table of characters.
 */
export function xlmRobertaTokenizer(): FixtureTokenizer {
  const scores = new Map<string, number>()
  const add = (pieces: readonly string[], best: number) => {
    pieces.forEach((piece, index) => {
      // Each next piece is a little less likely, by steps that are exact in decimals.
      if (!scores.has(piece)) scores.set(piece, (best - index) / 100)
    })
  }
  add([SPACE], -390)
  add(
    ENGLISH.map((word) => SPACE + word),
    -500,
  )
  add(ENDINGS, -550)
  add(SIGNS, -400)
  add(CHINESE, -600)
  add(
    ENGLISH.filter((word) => word.length > 2),
    -800,
  )
  add([...LETTERS, ...LETTERS.slice(0, 26).map((letter) => letter.toUpperCase())], -850)
  const pieces: [string, number][] = [
    ...SPECIALS.map((special): [string, number] => [special, 0]),
    ...scores,
    ['<mask>', 0],
  ]
  const json = tokenizerJson(
    [
      ...SPECIALS.map((special, id) => specialToken(special, id)),
      specialToken('<mask>', pieces.length - 1, true),
    ],
    {
      normalizer: { type: 'NFKC' },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'WhitespaceSplit' },
          { type: 'Metaspace', replacement: SPACE, add_prefix_space: true },
        ],
      },
      post_processor: template(['<s>', '</s>'], [0, 2], 2, 0),
      decoder: { type: 'Metaspace', replacement: SPACE, add_prefix_space: true },
      model: { type: 'Unigram', unk_id: 3, vocab: pieces },
    },
  )
  return { json, vocabularySize: pieces.length }
}
