import type { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers'
import { isRecord } from '../../is-record.ts'
import type { TextSteps } from '../file/added-tokens.ts'
import { type TokenizerFile, unusableTokenizer } from '../file/tokenizer-file.ts'
import { type CutRules, cutRules, findSafeCut, settleCut } from './long-text.ts'
import { normalizePrecompiled } from './precompiled.ts'
import type { Subwords } from './subwords.ts'
import { WindowedSubwords } from './windowed-subwords.ts'

async function buildLibrary(file: TokenizerFile): Promise<LibraryTokenizer> {
  const { Tokenizer } = await import('@huggingface/tokenizers')
  try {
    return new Tokenizer({ decoder: null, ...file }, {})
  } catch (error) {
    throw unusableTokenizer('components that are supported', String(error), error)
  }
}

/** The library passes tokens as arguments, which Node has room for on its stack up to some 100,000. */
const MOST_CHARACTERS = 1 << 15

/** A long text in parts that the library can take, cut where the tokens stay the same if there is such a place. */
function cutWhereSafe(text: string, rules: CutRules): string[] {
  const parts: string[] = []
  let rest = text
  while (rest.length > MOST_CHARACTERS) {
    const cut = findSafeCut(rest, MOST_CHARACTERS, -1, rules) ?? settleCut(rest, MOST_CHARACTERS)
    parts.push(rest.slice(0, cut))
    rest = rest.slice(cut)
  }
  return [...parts, rest]
}

/** Several pieces may share an id, and added tokens have ids of their own: the number of pieces says little. */
function highestId({ model: { vocab }, added_tokens }: TokenizerFile): number {
  const ids: number[] = isRecord(vocab)
    ? Object.values(vocab).filter((id) => typeof id === 'number')
    : [Array.isArray(vocab) ? vocab.length - 1 : -1]
  return [...ids, ...added_tokens.map(({ id }) => id)].reduce((most, id) => Math.max(most, id), -1)
}

/**
 * Builds the tokenizer with the library, which is imported by the first call. With `dropUnknown` unknown tokens
 * are left out.
 *
 * @throws AppError `artifact_corrupt` for components that the library does not know
 */
export async function loadLibrarySubwords(file: TokenizerFile, dropUnknown: boolean): Promise<Subwords> {
  const library = await buildLibrary(file)
  const { model } = library
  const pieces = () => model?.vocab ?? []
  const unknownId = model?.unk_token_id
  const rules = cutRules(file, pieces)
  const encode = (text: string) =>
    cutWhereSafe(text, rules).flatMap((part) => library.encode(part, { add_special_tokens: false }).ids)
  return new WindowedSubwords({
    encode:
      unknownId === undefined || !dropUnknown
        ? encode
        : (text) => encode(text).filter((id) => id !== unknownId),
    lookUp: (token) => library.token_to_id(token),
    rules,
    vocabularySize: 1 + highestId(file),
    unknownId,
  })
}

/** NEL, which is white space to the reference implementation in Rust, and none to JavaScript. */
const NEXT_LINE = '\u0085'

/**
 * The library's normalizer and pre-tokenizer of a tokenizer.json, without its model, but for two things that it does in
 * another way than the reference implementation: SentencePiece's rules, and a NEL, which parts words.
 *
 * @throws AppError `artifact_corrupt` for components that the library does not know
 */
export async function loadTextSteps(file: TokenizerFile): Promise<TextSteps> {
  const model = { type: 'Unigram', unk_id: 0, vocab: [['', 0]] }
  const { normalizer, pre_tokenizer } = await buildLibrary({ ...file, added_tokens: [], model })
  const partsWhite = JSON.stringify(file.pre_tokenizer ?? null).includes('"WhitespaceSplit"')
  return {
    normalize:
      isRecord(file.normalizer) && file.normalizer.type === 'Precompiled'
        ? normalizePrecompiled
        : (text) => (normalizer === null ? text : normalizer(text)),
    split: (text, section) =>
      pre_tokenizer === null
        ? [text]
        : pre_tokenizer(partsWhite ? text.replaceAll(NEXT_LINE, ' ') : text, { section_index: section }),
  }
}
