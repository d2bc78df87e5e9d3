import { writeTokenizer } from '../../src/training/vocabulary.ts'
import { CHARACTERS, DIGITS, ENDINGS, LETTERS, MARKS, WORDS } from './vocabulary.ts'

const special = (content: string, id: number) => ({
  id,
  content,
  single_word: false,
  lstrip: content === '<mask>',
  rstrip: false,
  normalized: false,
  special: true,
})

/** Special tokens of RoBERTa, MPNet and XLM-R, by id. */
const FRAME = ['<s>', '<pad>', '</s>', '<unk>']
const roberta = {
  type: 'RobertaProcessing',
  sep: ['</s>', 2],
  cls: ['<s>', 0],
  trim_offsets: true,
  add_prefix_space: false,
}

function fileOf(parts: Record<string, unknown>): string {
  return JSON.stringify({ version: '1.0', truncation: null, padding: null, ...parts })
}

/** Pieces that begin a word, then those that continue one. */
function wordPieces(): string[] {
  const tails = [...LETTERS, ...DIGITS, ...ENDINGS].map((piece) => `##${piece}`)
  return [...MARKS, ...LETTERS, ...DIGITS, ...WORDS, ...CHARACTERS, ...tails]
}

/** BERT's and DistilBERT's WordPiece. */
export function bertTokenizer(): string {
  return writeTokenizer([...new Set(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...wordPieces()])])
}

/** MPNet's: WordPiece too, but framed as RoBERTa's texts are, and padded with 1. */
export function mpnetTokenizer(): string {
  const pieces = [...new Set([...FRAME, ...wordPieces(), '[UNK]', '<mask>'])]
  const file = JSON.parse(bertTokenizer())
  return fileOf({
    ...file,
    added_tokens: [...FRAME, '[UNK]', '<mask>'].map((token) => special(token, pieces.indexOf(token))),
    post_processor: roberta,
    model: { ...file.model, vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])) },
  })
}

/** GPT-2's letters for bytes: printable ones stand for themselves, the others for letters from 256 on. */
function byteLetters(): string[] {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++))
}

/** RoBERTa's byte-level BPE: common words, with the space before them, are built by merges letter by letter. */
export function robertaTokenizer(): string {
  const letters = byteLetters()
  const space = letters[0x20]!
  const merges = new Map<string, [string, string]>()
  for (const word of WORDS.slice(0, 60)) {
    let built = space
    for (const letter of word) {
      merges.set(built + letter, [built, letter])
      built += letter
    }
  }
  const pieces = [...FRAME, ...letters, ...merges.keys(), '<mask>']
  return fileOf({
    added_tokens: [...FRAME, '<mask>'].map((token) => special(token, pieces.indexOf(token))),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: roberta,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      merges: [...merges.values()].map((pair) => pair.join(' ')),
    },
  })
}

/** XLM-R's Unigram: whole words are likelier than their letters. */
export function xlmRobertaTokenizer(): string {
  const scored: [string, number][] = [
    ...FRAME.map((token): [string, number] => [token, 0]),
    ['▁', -2],
    ...WORDS.map((word, rank): [string, number] => [`▁${word}`, -4 - rank / 100]),
    ...CHARACTERS.map((character, rank): [string, number] => [character, -6 - rank / 100]),
    ...ENDINGS.filter((ending) => ending.length > 1).map((ending): [string, number] => [ending, -5]),
    ...[...LETTERS, ...DIGITS, ...MARKS].map((letter, rank): [string, number] => [letter, -8 - rank / 100]),
  ]
  const text = (id: string) => ({ Sequence: { id, type_id: 0 } })
  const frame = (id: string) => ({ SpecialToken: { id, type_id: 0 } })
  const single = [frame('<s>'), text('A'), frame('</s>')]
  return fileOf({
    added_tokens: [...FRAME.map(special), special('<mask>', scored.length)],
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'NFKC' }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }],
    },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, frame('</s>'), text('B'), frame('</s>')],
      special_tokens: Object.fromEntries(
        [0, 2].map((id) => [FRAME[id], { id: FRAME[id], ids: [id], tokens: [FRAME[id]] }]),
      ),
    },
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    model: { type: 'Unigram', unk_id: 3, vocab: [...scored, ['<mask>', 0]], byte_fallback: false },
  })
}
