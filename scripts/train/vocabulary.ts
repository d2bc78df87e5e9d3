import { PARTED_SPLITTING } from '../../src/tokenizer/word-piece/splitting.ts'

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

/** Pieces of two languages with the Chinese words among them. */
export interface Vocabulary {
  /** The text of each id as it is written first; a piece's place is its id. */
  readonly pieces: readonly string[]
  /** Which of the pieces are Chinese words. */
  readonly words: ReadonlySet<string>
  /** Every text, `##` of those that go on with a word included, with its id; several texts share one. */
  readonly keys: ReadonlyMap<string, number>
}

/** Pieces with one key each and no Chinese words; a piece's place is its id. */
export function vocabularyOf(pieces: readonly string[]): Vocabulary {
  return { pieces, words: new Set(), keys: new Map(pieces.map((piece, id) => [piece, id])) }
}

const UNKNOWN_ID = SPECIAL_TOKENS.indexOf('[UNK]')
const [FIRST_IDEOGRAPH, LAST_IDEOGRAPH] = [0x4e00, 0x9fff]

/**
 * Adds Chinese words to pieces, and traditional forms to both. A run of Chinese is one word to WordPiece, so that each
 * character and word may begin it or go on with it under the same id; a traditional form has the id of the simplified
 * one: no bytes of the table, and the very same vector. Every other character of the block is the unknown token by
 * name, or a run would be lost for one rare character.
 *
 * @param base pieces with single Chinese characters, as {@link mergeVocabularies} gives them
 * @param words Chinese words, which get the ids behind them
 * @param traditional words in traditional characters with their simplified forms
 * @param characters the simplified character of a traditional one
 */
export function addChineseWords(
  base: readonly string[],
  words: readonly string[],
  traditional: ReadonlyMap<string, string>,
  characters: ReadonlyMap<string, string>,
): Vocabulary {
  const known = new Set(base)
  const kept = base.filter((piece) => !known.has(characters.get(piece) ?? ''))
  const pieces = [...kept, ...words]
  const keys = new Map(pieces.map((piece, id) => [piece, id]))
  const ids = new Map(keys)
  const add = (text: string, id: number) => {
    if (!keys.has(text)) keys.set(text, id)
    if (!keys.has(`##${text}`)) keys.set(`##${text}`, id)
  }
  for (const piece of kept) if (ONE_HAN_CHARACTER.test(piece)) add(piece, ids.get(piece)!)
  for (const word of words) add(word, ids.get(word)!)
  for (const [character, simplified] of characters) {
    const id = ids.get(simplified)
    if (id !== undefined && !ids.has(character)) add(character, id)
  }
  const chosen = new Set(words)
  for (const [word, simplified] of traditional) {
    if (word.length > 1 && chosen.has(simplified)) add(word, ids.get(simplified)!)
  }
  for (let unit = FIRST_IDEOGRAPH; unit <= LAST_IDEOGRAPH; unit++) add(String.fromCharCode(unit), UNKNOWN_ID)
  return { pieces, words: chosen, keys }
}

/** Longer than any text that is read: no run without punctuation is too long to be read. */
const LONGEST_WORD = 1_000_000

/** What a tokenizer.json of BERT's form says of its text and pieces, whichever special tokens it has. */
export function bertParts(pieces: readonly string[]) {
  return {
    normalizer: bertNormalizer(true),
    pre_tokenizer: { type: 'BertPreTokenizer' },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: wordPieceModel(
      pieces.map((piece, id) => [piece, id]),
      100,
    ),
  }
}

function bertNormalizer(partsCharacters: boolean) {
  return {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: partsCharacters,
    strip_accents: null,
    lowercase: true,
  }
}

function wordPieceModel(keys: Iterable<readonly [string, number]>, longestWord: number) {
  return {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: longestWord,
    vocab: Object.fromEntries(keys),
  }
}

/**
 * A standard `tokenizer.json` over a vocabulary with Chinese words, without any whitespace: NFKC, BERT's normalizer, Chinese
 * parted from everything else, WordPiece.
 */
export function writeTokenizer({ pieces, keys }: Vocabulary): string {
  const specials = SPECIAL_TOKENS.map((content) => ({ content, id: pieces.indexOf(content) }))
  const [cls, sep] = [pieces.indexOf('[CLS]'), pieces.indexOf('[SEP]')]
  const special = (id: string, type: number) => ({ SpecialToken: { id, type_id: type } })
  const sequence = (id: string, type: number) => ({ Sequence: { id, type_id: type } })
  const single = [special('[CLS]', 0), sequence('A', 0), special('[SEP]', 0)]
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
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, bertNormalizer(false)] },
    pre_tokenizer: PARTED_SPLITTING,
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, sequence('B', 1), special('[SEP]', 1)],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [cls], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [sep], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: wordPieceModel(keys, LONGEST_WORD),
  })
}
