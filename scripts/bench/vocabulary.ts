import { seeded } from './random.ts'

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
const CONSONANTS = [...'bcdfghjklmnprstvwz']
const VOWELS = [...'aeiou']

/**
 * A tokenizer.json of bert-base-uncased's form and size: special tokens, letters and signs, and made-up words and
 * word endings of one to four syllables.
 */
export function wordPieceTokenizer(size: number): string {
  const random = seeded(3)
  const pick = (letters: readonly string[]) => letters[Math.floor(random() * letters.length)]!
  const syllable = () => pick(CONSONANTS) + pick(VOWELS) + (random() < 0.4 ? pick(CONSONANTS) : '')
  const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789']
  const pieces = new Set([
    ...SPECIAL,
    ...'.,:;!?-\'"()',
    ...letters,
    ...letters.map((letter) => `##${letter}`),
  ])
  while (pieces.size < size) {
    const word = Array.from({ length: 1 + Math.floor(random() * 4) }, syllable).join('')
    pieces.add(random() < 0.2 ? `##${word}` : word)
  }
  const special = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } })
  const sequence = (id: string, type_id: number) => ({ Sequence: { id, type_id } })
  const [cls, text, end] = [special('[CLS]', 0), sequence('A', 0), special('[SEP]', 0)]
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [cls, text, end],
      pair: [cls, text, end, sequence('B', 1), special('[SEP]', 1)],
      special_tokens: Object.fromEntries(
        SPECIAL.slice(2, 4).map((id, index) => [id, { id, ids: [index + 2], tokens: [id] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries([...pieces].map((piece, id): [string, number] => [piece, id])),
    },
  })
}
