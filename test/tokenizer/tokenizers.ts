import { bertParts } from '../../scripts/train/vocabulary.ts'
import { PARTED_SPLITTING } from '../../src/tokenizer/word-piece/splitting.ts'

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']

function special(content: string, id: number) {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
}

const CLS = { SpecialToken: { id: '[CLS]', type_id: 0 } }
const sep = (type_id: number) => ({ SpecialToken: { id: '[SEP]', type_id } })
const sequence = (id: string, type_id: number) => ({ Sequence: { id, type_id } })

/** A BERT tokenizer of some forty pieces, as a parsed tokenizer.json. */
export function wordPieceFile() {
  const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789']
  const words = [
    'the',
    'cat',
    'sat',
    'on',
    'mat',
    'hello',
    'world',
    '中',
    '文',
    '我',
    '，',
    '。',
    ',',
    '.',
    '!',
    '?',
  ]
  const tails = ['##s', '##ing', '##ed', '##o', '##l', '##at', '##1', '##2']
  const pieces = [...SPECIAL, ...words, ...letters, ...tails, 'ο', '##ς', '##σ', '\u1112\u1161\u11ab']
  return {
    version: '1.0',
    truncation: { direction: 'Right', max_length: 4, strategy: 'LongestFirst', stride: 0 },
    padding: null,
    added_tokens: SPECIAL.map(special),
    ...bertParts(pieces),
    post_processor: {
      type: 'TemplateProcessing',
      single: [CLS, sequence('A', 0), sep(0)],
      pair: [CLS, sequence('A', 0), sep(0), sequence('B', 1), sep(1)],
    },
    decoder: null,
  }
}

/** Chinese words as pieces, a traditional form with the same id, one character that is unknown by name. */
export function wordyFile() {
  const file = wordPieceFile()
  const { vocab } = file.model
  const nurse = Object.keys(vocab).length
  const words = { 护士: nurse, '##护士': nurse, 護士: nurse, '##護士': nurse }
  const characters = { '##我': vocab.我!, 龘: vocab['[UNK]']!, '##龘': vocab['[UNK]']! }
  return {
    ...file,
    normalizer: { ...file.normalizer, handle_chinese_chars: false },
    pre_tokenizer: PARTED_SPLITTING,
    model: {
      ...file.model,
      max_input_chars_per_word: 1_000_000,
      vocab: { ...vocab, ...words, ...characters },
    },
  }
}
