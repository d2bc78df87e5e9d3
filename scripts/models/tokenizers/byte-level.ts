import { type FixtureTokenizer, numbered, specialToken, tokenizerJson } from './tokenizer-json.ts'
import { CHINESE, ENDINGS, ENGLISH } from './words.ts'

const SPECIALS = ['<s>', '<pad>', '</s>', '<unk>']
const MERGES = 420

/** The form of RoBERTa: byte-level BPE, case kept, `<s> … </s>`, pad id 1, every text known. */
export function robertaTokenizer(): FixtureTokenizer {
  const merges = learnMerges()
  const vocabulary = numbered([
    ...SPECIALS,
    ...BYTE_LETTERS.values(),
    ...merges.map(([left, right]) => left + right),
    '<mask>',
  ])
  const idOf = (piece: string) => vocabulary.get(piece)!
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true }
  const json = tokenizerJson(
    [...SPECIALS, '<mask>'].map((special) => specialToken(special, idOf(special), special === '<mask>')),
    {
      normalizer: null,
      pre_tokenizer: byteLevel,
      post_processor: {
        type: 'RobertaProcessing',
        sep: ['</s>', idOf('</s>')],
        cls: ['<s>', idOf('<s>')],
        trim_offsets: true,
        add_prefix_space: false,
      },
      decoder: { ...byteLevel, add_prefix_space: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: '',
        end_of_word_suffix: '',
        fuse_unk: false,
        vocab: Object.fromEntries(vocabulary),
        merges: merges.map((pair) => pair.join(' ')),
      },
    },
  )
  return { json, vocabularySize: vocabulary.size }
}

/** GPT-2's letter for each byte: printable ones stand for themselves, the others for letters from U+0100 on. */
const BYTE_LETTERS: ReadonlyMap<number, string> = (() => {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
  const letters = new Map<number, string>()
  for (let byte = 0, next = 0x100; byte < 256; byte++) {
    letters.set(byte, String.fromCharCode(printable(byte) ? byte : next++))
  }
  return letters
})()

/** The most frequent pairs of neighbours, joined one after the other; of equals the first in code order. */
function learnMerges(): [string, string][] {
  const words = trainingWords().map(({ text, count }) => ({
    pieces: Array.from(Buffer.from(text, 'utf8'), (byte) => BYTE_LETTERS.get(byte)!),
    count,
  }))
  return Array.from({ length: MERGES }, () => {
    const counts = new Map<string, number>()
    for (const { pieces, count } of words) {
      for (let place = 1; place < pieces.length; place++) {
        const pair = `${pieces[place - 1]} ${pieces[place]}`
        counts.set(pair, (counts.get(pair) ?? 0) + count)
      }
    }
    const [best] = [...counts].reduce((top, entry) =>
      entry[1] > top[1] || (entry[1] === top[1] && entry[0] < top[0]) ? entry : top,
    )
    const [left, right] = best.split(' ') as [string, string]
    for (const word of words) join(word.pieces, left, right)
    return [left, right]
  })
}

function join(pieces: string[], left: string, right: string): void {
  for (let place = 0; place + 1 < pieces.length; place++) {
    if (pieces[place] === left && pieces[place + 1] === right) pieces.splice(place, 2, left + right)
  }
}

/** Words as they stand in texts, after a space most of the time; earlier ones are more frequent. */
function trainingWords(): { text: string; count: number }[] {
  const rank = (index: number, length: number) => 1 + Math.floor((8 * (length - index)) / length)
  return [
    ...ENGLISH.map((word, index) => ({ text: ` ${word}`, count: 2 * rank(index, ENGLISH.length) })),
    ...ENGLISH.map((word, index) => ({ text: word, count: rank(index, ENGLISH.length) })),
    ...ENDINGS.map((ending) => ({ text: ending, count: 4 })),
    ...CHINESE.map((character, index) => ({ text: character, count: rank(index, CHINESE.length) })),
  ]
}
