import { isRecord } from '../../is-record.ts'
import { AddedTokens, type TextSteps } from '../file/added-tokens.ts'
import type { TokenizerFile } from '../file/tokenizer-file.ts'
import { cutRules } from '../window/long-text.ts'
import type { Subwords } from '../window/subwords.ts'
import { WindowedSubwords } from '../window/windowed-subwords.ts'
import { BertCharacters, KIND } from './characters.ts'
import type { WordPieceFile } from './file.ts'
import type { PieceTable } from './piece-table.ts'
import { bertSplitting, isIdeograph } from './splitting.ts'

/** Characters that no Unicode form changes: ASCII, the commonest Chinese ones, and 、。 */
const CHANGEABLE = /[^\t\n\r -~\u3001\u3002\u4e00-\u9fff]/

/** What a token that is looked for in normalized text looks like here: MPNet's `<unk>`. */
const NORMALIZED_TOKEN = /^[<[][!-~]*$/
/** What normalization makes a `<` or a `[` of. */
const NORMALIZED_START = /[<[\u226e]/

/**
 * What lies between added tokens stays one section: BERT's normalizing and splitting happen with the look-up. Only where
 * a token of normalized text (`searched`) may begin is the text normalized before.
 */
function stepsBefore({ characters, form }: BertText, searched: boolean): TextSteps {
  const normalize = (text: string) => {
    const formed = form && CHANGEABLE.test(text) ? text.normalize(form) : text
    return searched && NORMALIZED_START.test(formed) ? characters.clean(formed) : formed
  }
  return { normalize, split: (text) => [text] }
}

/** Text to ids with BERT's WordPiece in one pass: normalize, split and look up without a string in between. */
class WordPieceEncoder {
  readonly unknownId: number
  readonly #table: PieceTable
  readonly #characters: BertCharacters
  readonly #added: AddedTokens
  /** A longer word is unknown as a whole. */
  readonly #longestWord: number
  readonly #partsIdeographs: boolean
  #word = new Uint16Array(256)
  #length = 0

  constructor({ outline, table }: WordPieceFile, text: BertText) {
    const { model } = outline
    const { characters, partsIdeographs } = text
    const searched = outline.added_tokens.some(({ normalized }) => normalized)
    this.#table = table
    this.#characters = characters
    this.#partsIdeographs = partsIdeographs
    this.#added = new AddedTokens(outline.added_tokens, stepsBefore(text, searched), searched)
    this.#longestWord = Number(model.max_input_chars_per_word ?? 100)
    this.unknownId = this.lookUp(String(model.unk_token)) ?? 0
  }

  lookUp(token: string): number | undefined {
    return this.#added.contents.get(token) ?? this.#table.lookUp(token)
  }

  encode(text: string): number[] {
    const ids: number[] = []
    for (const section of this.#added.sections(text)) {
      if (typeof section === 'number') ids.push(section)
      else this.#encodeText(section[0]!, ids, false)
    }
    return ids
  }

  /** Reads characters into words. `normalized` text needs no reordering of marks any more. */
  #encodeText(text: string, ids: number[], normalized: boolean): void {
    const { kinds, folds } = this.#characters
    const before = ids.length
    for (let at = 0; at < text.length; at++) {
      let codePoint = text.charCodeAt(at)
      let kind = kinds[codePoint]!
      if (kind === KIND.letter) {
        this.#append(folds[codePoint]!, ids)
        continue
      }
      if (kind === KIND.surrogate) {
        codePoint = text.codePointAt(at)!
        if (codePoint > 0xffff) at++
        kind = codePoint > 0xffff ? this.#characters.classify(codePoint) : KIND.nothing
      } else if (kind === KIND.unknown) kind = this.#characters.classify(codePoint)
      if (kind === KIND.reorders && !normalized) {
        ids.length = before
        this.#length = 0
        this.#encodeText(this.#characters.normalize(text), ids, true)
        return
      }
      this.#take(kind, codePoint, ids)
    }
    this.#endWord(ids)
  }

  #take(kind: number, codePoint: number, ids: number[]): void {
    const { folds, expansions } = this.#characters
    const alone = kind === KIND.alone || kind === KIND.aloneExpands
    if (alone || kind === KIND.space) this.#endWord(ids)
    if (kind === KIND.letter || kind === KIND.alone) this.#append(folds[codePoint]!, ids)
    else if (kind === KIND.reorders) this.#append(codePoint, ids)
    else if (kind === KIND.expands || kind === KIND.aloneExpands) {
      this.#appendText(expansions.get(codePoint)!, ids)
    }
    if (alone) this.#endWord(ids)
  }

  #append(unit: number, ids: number[]): void {
    if (this.#partsIdeographs && this.#length > 0) {
      if (isIdeograph(unit) !== isIdeograph(this.#word[this.#length - 1]!)) this.#endWord(ids)
    }
    if (this.#length === this.#word.length) {
      const longer = new Uint16Array(2 * this.#length)
      longer.set(this.#word)
      this.#word = longer
    }
    this.#word[this.#length++] = unit
  }

  #appendText(text: string, ids: number[]): void {
    for (let index = 0; index < text.length; index++) this.#append(text.charCodeAt(index), ids)
  }

  /** Cuts the word into the longest pieces from its start; one that cannot be cut is unknown. */
  #endWord(ids: number[]): void {
    const length = this.#length
    if (length === 0) return
    this.#length = 0
    const before = ids.length
    let from = this.#isTooLong(length) ? -1 : 0
    while (from >= 0 && from < length) {
      const match = this.#table.longestMatch(this.#word, from, length)
      if (match < 0) break
      ids.push(Math.floor(match / 0x10000))
      from += match % 0x10000
    }
    if (from === length) return
    ids.length = before
    ids.push(this.unknownId)
  }

  #isTooLong(length: number): boolean {
    if (length <= this.#longestWord) return false
    let characters = length
    for (let index = 0; index < length; index++) if ((this.#word[index]! & 0xfc00) === 0xdc00) characters--
    return characters > this.#longestWord
  }
}

/**
 * Subwords of a WordPiece tokenizer.json whose text is handled as BERT does (BertNormalizer, after a Unicode form
 * such as NFKC or not; BertPreTokenizer, alone or before a split that parts Chinese from everything else); undefined for any other, which the library reads. The ids are those of `@huggingface/tokenizers` 0.2.0 but for
 * what `BertCharacters` says. With `dropUnknown` unknown tokens are left out.
 */
export function createWordPieceSubwords(file: WordPieceFile, dropUnknown: boolean): Subwords | undefined {
  const bert = bertText(file.outline)
  if (!bert) return undefined
  const encoder = new WordPieceEncoder(file, bert)
  const { unknownId } = encoder
  const added = Math.max(-1, ...file.outline.added_tokens.map(({ id }) => id))
  return new WindowedSubwords({
    encode: dropUnknown
      ? (text) => encoder.encode(text).filter((id) => id !== unknownId)
      : (text) => encoder.encode(text),
    lookUp: (token) => encoder.lookUp(token),
    rules: cutRules(file.outline, () => []),
    vocabularySize: Math.max(file.table.size, added + 1),
    unknownId,
  })
}

const UNICODE_FORMS = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const
type UnicodeForm = (typeof UNICODE_FORMS)[number]

/** How a tokenizer reads characters: as BERT does, after a Unicode form where it has one. */
interface BertText {
  readonly characters: BertCharacters
  readonly form: UnicodeForm | undefined
  readonly partsIdeographs: boolean
}

/** What {@link createWordPieceSubwords} can read; undefined for anything else. */
function bertText({ normalizer, pre_tokenizer, model, added_tokens }: TokenizerFile): BertText | undefined {
  const listed = normalizer?.type === 'Sequence' ? normalizer.normalizers : undefined
  const steps: unknown[] = Array.isArray(listed) ? listed : [normalizer]
  const bert = steps.at(-1)
  const [first] = steps
  const form = isRecord(first) ? UNICODE_FORMS.find((name) => name === first.type) : undefined
  const splitting = bertSplitting(pre_tokenizer)
  const usual =
    isRecord(bert) &&
    bert.type === 'BertNormalizer' &&
    bert.clean_text !== false &&
    steps.length === (form ? 2 : 1) &&
    splitting !== undefined &&
    model.continuing_subword_prefix === '##' &&
    added_tokens.every(({ normalized, content }) => !normalized || NORMALIZED_TOKEN.test(content))
  if (!usual) return undefined
  const lowercase = bert.lowercase !== false
  const characters = new BertCharacters({
    chinese: bert.handle_chinese_chars !== false,
    lowercase,
    stripAccents: typeof bert.strip_accents === 'boolean' ? bert.strip_accents : lowercase,
  })
  return { characters, form, partsIdeographs: splitting.partsIdeographs }
}
