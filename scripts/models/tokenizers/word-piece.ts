import { type FixtureTokenizer, numbered, specialToken, template, tokenizerJson } from './tokenizer-json.ts'
import { CHINESE, ENDINGS, ENGLISH, LETTERS, SIGNS } from './words.ts'

const PIECES: readonly string[] = [
  ...SIGNS,
  ...LETTERS,
  ...ENGLISH,
  ...CHINESE,
  ...ENDINGS.map((ending) => `##${ending}`),
  ...LETTERS.map((letter) => `##${letter}`),
]

/** The form of bert-base-uncased: lower case, Chinese characters apart, `[CLS] … [SEP]`, pad id 0. */
export function bertTokenizer(): FixtureTokenizer {
  return build(['[PAD]', '[UNK]', '[CLS]', '[SEP]'], '[MASK]', ['[CLS]', '[SEP]'], 1, 1)
}

/** The form of all-mpnet-base-v2: BERT's pieces after `<s> <pad> </s> <unk>`, two `</s>` between texts, pad id 1. */
export function mpnetTokenizer(): FixtureTokenizer {
  return build(['<s>', '<pad>', '</s>', '<unk>', '[UNK]'], '<mask>', ['<s>', '</s>'], 2, 0)
}

function build(
  specials: readonly string[],
  mask: string,
  ends: readonly [string, string],
  between: 1 | 2,
  typeId: 0 | 1,
): FixtureTokenizer {
  const vocabulary = numbered([...specials, ...PIECES, mask])
  const idOf = (piece: string) => vocabulary.get(piece)!
  const json = tokenizerJson(
    [...specials, mask].map((special) => specialToken(special, idOf(special), special === '<mask>')),
    {
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: template(ends, [idOf(ends[0]), idOf(ends[1])], between, typeId),
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(vocabulary),
      },
    },
  )
  return { json, vocabularySize: vocabulary.size }
}
