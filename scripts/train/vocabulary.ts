/** The parts of a WordPiece `tokenizer.json` that matter here. */
export interface WordPieceTokenizer {
  readonly model: { readonly vocab: Readonly<Record<string, number>> }
}

/** Tokens that name no text; their ids are 0 to 4 and their rows of a static model are zeros. */
export const SPECIAL_TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const

const PLACEHOLDER = /^\[unused\d+\]$/
const HAN = /\p{Script=Han}/u
const ONE_HAN_CHARACTER = /^[\u3007\p{Script=Han}]$/u
const WIDE_OR_PUNCTUATION = /^[\p{P}\uff01-\uff5e\u2460-\u2473]$/u
const LATIN_WORD = /^[a-z][a-z0-9+#.]+$/
/** Letters that neither English nor Chinese text is written in. */
const OTHER_SCRIPT = /(?!\p{Script=Latin}|\p{Script=Greek}|\p{Script=Han})\p{L}/u

/**
 * One list of pieces for English and Chinese: the English pieces without placeholders, other scripts, and pieces
 * that can never come up because the normalizer parts Chinese characters from one another; then the Chinese
 * characters, punctuation and Latin words that the English vocabulary lacks. A piece's place is its id.
 */
export function mergeVocabularies(english: WordPieceTokenizer, chinese: WordPieceTokenizer): string[] {
  const pieces = new Set<string>(SPECIAL_TOKENS)
  for (const piece of byId(english)) if (isUsefulEnglish(piece)) pieces.add(piece)
  for (const piece of byId(chinese)) if (isUsefulChinese(piece)) pieces.add(piece)
  return [...pieces]
}

function byId(tokenizer: WordPieceTokenizer): string[] {
  const { vocab } = tokenizer.model
  return Object.keys(vocab).sort((a, b) => vocab[a]! - vocab[b]!)
}

function isUsefulEnglish(piece: string): boolean {
  if (PLACEHOLDER.test(piece) || OTHER_SCRIPT.test(piece)) return false
  return !HAN.test(piece) || ONE_HAN_CHARACTER.test(piece)
}

function isUsefulChinese(piece: string): boolean {
  return ONE_HAN_CHARACTER.test(piece) || WIDE_OR_PUNCTUATION.test(piece) || LATIN_WORD.test(piece)
}

/** What a tokenizer.json of BERT's form says of its text and pieces, whichever special tokens it has. */
export function bertParts(pieces: readonly string[]) {
  return {
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
    },
  }
}

/** A standard `tokenizer.json` (NFKC, BERT normalizer, WordPiece) over `pieces`, without any whitespace. */
export function writeTokenizer(pieces: readonly string[]): string {
  const specials = SPECIAL_TOKENS.map((content) => ({ content, id: pieces.indexOf(content) }))
  const [cls, sep] = [pieces.indexOf('[CLS]'), pieces.indexOf('[SEP]')]
  const special = (id: string, type: number) => ({ SpecialToken: { id, type_id: type } })
  const sequence = (id: string, type: number) => ({ Sequence: { id, type_id: type } })
  const single = [special('[CLS]', 0), sequence('A', 0), special('[SEP]', 0)]
  const { normalizer, pre_tokenizer, decoder, model } = bertParts(pieces)
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specials.map(({ content, id }) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    // Full-width Latin letters and half-width kana are read as what they stand for.
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, normalizer] },
    pre_tokenizer,
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, sequence('B', 1), special('[SEP]', 1)],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [cls], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [sep], tokens: ['[SEP]'] },
      },
    },
    decoder,
    model,
  })
}
