import { AppError } from '../errors.ts'
import { isFlat } from './file/flat-file.ts'
import {
  BARE_TEMPLATE,
  countSpecial,
  fillTemplate,
  readTemplate,
  type TokenTemplate,
} from './file/token-template.ts'
import { parseTokenizerFile, type TokenizerFile, unusableTokenizer } from './file/tokenizer-file.ts'
import { flattenUnigram } from './unigram/build.ts'
import { type FlatUnigram, readFlatUnigram } from './unigram/file.ts'
import { loadUnigramSubwords } from './unigram/subwords.ts'
import { loadLibrarySubwords } from './window/library-subwords.ts'
import type { SubwordIds, Subwords } from './window/subwords.ts'
import { readWordPieceFile } from './word-piece/file.ts'
import { readFlatWordPiece, WORD_PIECE } from './word-piece/flat.ts'
import { createWordPieceSubwords } from './word-piece/subwords.ts'

/** One tokenized input, as the graph wants it. */
export interface TokenizedInput {
  readonly ids: Int32Array
  /** One per id; undefined means that all are 0. */
  readonly typeIds: Uint8Array | undefined
  /** Whether the text lost tokens. */
  readonly truncated: boolean
  /** Whether no token stands for anything in the text (of a pair, the second one): see {@link Tokenizer.knows}. */
  readonly unknown: boolean
}

/** How long an input may be, and which end of a longer one is dropped; `false` refuses it. */
export interface TokenizeOptions {
  /** Special tokens included. */
  readonly maxTokens: number
  readonly truncate: 'end' | 'start' | false
  /** Put before the text. */
  readonly prompt?: string
}

/** How long a pair may be. */
export interface PairOptions extends Omit<TokenizeOptions, 'prompt'> {
  /** Most tokens of the second text, before the two share what room there is. */
  readonly maxSecondTokens?: number | undefined
}

/** Text to the ids of one model's vocabulary. Holds no state between calls. */
export interface Tokenizer {
  /** The id that fills up shorter rows of a batch. RoBERTa and MPNet derive positions from it. */
  readonly padId: number
  /** Ids run from 0 to this, exclusive. */
  readonly vocabularySize: number
  /**
   * Tokenizes one text. Very long ones cost no more than what is kept of them (`Subwords.take` says what bounds
   * that). A text without a token gives the special tokens alone, or no ids at all.
   *
   * @throws AppError `input_too_long` when the text exceeds `maxTokens` and `truncate` is false
   */
  encode(text: string, options: TokenizeOptions): TokenizedInput
  /**
   * Whether an id stands for something: is no special token, not the unknown one, and no space by itself. A text
   * without such a token (emoji, a script that the vocabulary lacks, zero-width characters) is unknown to the model.
   */
  knows(id: number): boolean
  /**
   * Tokenizes a text together with others, each pair into one input, as rerankers want it. The longer text of a pair
   * loses tokens first. The first text is tokenized once for all pairs.
   */
  pairsOf(first: string, options: PairOptions): (second: string) => TokenizedInput
}

/** What a manifest says about its tokenizer. */
export interface TokenizerSettings {
  /** Whether to add the model's special tokens ([CLS] … [SEP]). */
  readonly specialTokens: boolean
  /** Whether unknown tokens are removed before they count, as Model2Vec does. */
  readonly dropUnknown: boolean
  /** Whether texts are put into lower case first: see `Manifest.lowercase`. */
  readonly lowercase?: boolean
}

const PAD_TOKENS = ['[PAD]', '<pad>']

function findPadId(file: TokenizerFile, subwords: Subwords): number {
  const declared = file.padding?.pad_id
  if (declared !== undefined) return declared
  for (const token of PAD_TOKENS) {
    const id = file.added_tokens.find((added) => added.content === token)?.id ?? subwords.lookUp(token)
    if (id !== undefined) return id
  }
  // A model without a pad token never looks at padded places: the attention mask hides them.
  return 0
}

function tooLong(maxTokens: number, tokens: number): AppError {
  const message = `The input is too long: expected at most ${maxTokens} tokens, got at least ${tokens}. Shorten it, or leave the field truncate out, which drops the end.`
  return new AppError('input_too_long', message, { details: { atLeastTokens: tokens, maxTokens } })
}

/** Of two texts that are both longer than all the room, no more tokens than this are read to see which is longer. */
const LENGTH_LIMIT = 1 << 16

/**
 * Tokens to keep of two texts that may fill `room` together, the first of which is the shorter one: the longer one is
 * cut first, and when both exceed half of the room each keeps half, the odd token going to the longer one
 * (LongestFirst of Hugging Face tokenizers; texts of equal length count as in order).
 */
function shareRoom(shorter: number, longer: number, room: number): [number, number] {
  if (shorter + longer <= room) return [shorter, longer]
  const kept = Math.min(shorter, Math.floor(room / 2))
  return [kept, room - kept]
}

function keep(content: SubwordIds, length: number, from: 'start' | 'end'): number[] {
  const ids = Array.from(content.ids)
  return from === 'start' ? ids.slice(0, length) : ids.slice(Math.max(0, ids.length - length))
}

/** What is settled once for a tokenizer. */
interface TokenizerParts {
  readonly padId: number
  /** Ids that stand for nothing in a text. */
  readonly silent: ReadonlySet<number>
  readonly lowercase: boolean
}

class TemplateTokenizer implements Tokenizer {
  readonly padId: number
  readonly vocabularySize: number
  readonly #subwords: Subwords
  readonly #template: TokenTemplate
  readonly #silent: ReadonlySet<number>
  readonly #lowercase: boolean
  #lastPrompt = { prompt: '', known: 0 }

  constructor(subwords: Subwords, template: TokenTemplate, parts: TokenizerParts) {
    this.#subwords = subwords
    this.#template = template
    this.#silent = parts.silent
    this.#lowercase = parts.lowercase
    this.padId = parts.padId
    this.vocabularySize = subwords.vocabularySize
  }

  knows(id: number): boolean {
    return !this.#silent.has(id)
  }

  encode(text: string, options: TokenizeOptions): TokenizedInput {
    const { maxTokens, truncate, prompt = '' } = options
    const special = countSpecial(this.#template.single)
    const room = Math.max(0, maxTokens - special)
    const read = this.#read(prompt + text)
    const content = this.#subwords.take(read, room, truncate === 'start' ? 'end' : 'start')
    if (content.more && truncate === false) throw tooLong(maxTokens, content.ids.length + special + 1)
    // Of a text that lost its beginning the prompt is lost, too.
    const ofPrompt = prompt === '' || (content.more && truncate === 'start') ? 0 : this.#knownOf(prompt)
    const unknown = this.#countKnown(content.ids, ofPrompt + 1) <= ofPrompt
    return { ...fillTemplate(this.#template.single, content.ids, []), truncated: content.more, unknown }
  }

  #read(text: string): string {
    return this.#lowercase ? text.toLowerCase() : text
  }

  /** Known ids, counted up to `enough`. */
  #countKnown(ids: ArrayLike<number>, enough: number): number {
    let known = 0
    for (let index = 0; index < ids.length && known < enough; index++)
      if (!this.#silent.has(ids[index]!)) known++
    return known
  }

  /** Known tokens of a prompt by itself; a model has few, and mostly one at a time. */
  #knownOf(prompt: string): number {
    if (this.#lastPrompt.prompt !== prompt) {
      const { ids } = this.#subwords.take(this.#read(prompt), LENGTH_LIMIT, 'start')
      this.#lastPrompt = { prompt, known: this.#countKnown(ids, ids.length) }
    }
    return this.#lastPrompt.known
  }

  pairsOf(one: string, options: PairOptions): (second: string) => TokenizedInput {
    const first = this.#read(one)
    const { pair } = this.#template
    const special = countSpecial(pair)
    const room = Math.max(0, options.maxTokens - special)
    const from = options.truncate === 'start' ? 'end' : 'start'
    const a = this.#subwords.take(first, room, from)
    let whole: number | undefined
    /** Reads on in both texts, for what is kept depends on which is longer even where neither fits. */
    const isFirstLonger = (second: string) => {
      whole ??= this.#subwords.take(first, LENGTH_LIMIT, from).ids.length
      const other = this.#subwords.take(second, whole, from)
      return other.ids.length < whole
    }
    const cap = Math.min(room, options.maxSecondTokens ?? room)
    return (other) => {
      const second = this.#read(other)
      const taken = this.#subwords.take(second, cap, from)
      // What is beyond a limit of its own is no part of the text any more.
      const b = { ids: taken.ids, more: taken.more && cap === room }
      const total = a.ids.length + b.ids.length
      const truncated = a.more || taken.more || total > room
      if (truncated && options.truncate === false)
        throw tooLong(options.maxTokens, Math.max(total, room + 1) + special)
      const longer =
        a.more && b.more ? isFirstLonger(second) : a.more || (!b.more && a.ids.length > b.ids.length)
      const [keepA, keepB] = longer
        ? (shareRoom(b.ids.length, a.ids.length, room).reverse() as [number, number])
        : shareRoom(a.ids.length, b.ids.length, room)
      const unknown = this.#countKnown(taken.ids, 1) === 0
      return { ...fillTemplate(pair, keep(a, keepA, from), keep(b, keepB, from)), truncated, unknown }
    }
  }
}

/**
 * Builds the tokenizer of a tokenizer.json: of its text, WordPiece and Unigram in our own way and others with the
 * library; of the outcome of `parseTokenizerFile`, all with the library. The truncation and
 * padding of the file are ignored but for the pad id: the model's manifest decides.
 *
 * @throws AppError `artifact_corrupt` when the file is none, or holds a component that is not supported
 */
export async function loadTokenizer(
  json: string | TokenizerFile,
  settings: TokenizerSettings,
): Promise<Tokenizer> {
  const wordPiece = typeof json === 'string' ? readWordPieceFile(json) : undefined
  const fast = wordPiece && createWordPieceSubwords(wordPiece, settings.dropUnknown)
  if (wordPiece && fast) return withTemplate(wordPiece.outline, fast, settings)
  if (typeof json !== 'string') return loadWithLibrary(json, settings)
  const file = parseTokenizerFile(json)
  const flat = file.model.type === 'Unigram' ? flattenUnigram(file) : undefined
  // As long to build as the library's own, but of bounded time on every text: the library's grows with the square.
  if (flat && !('refused' in flat)) return loadUnigram(flat, settings)
  return loadWithLibrary(file, settings)
}

/**
 * Builds the tokenizer of the flat form of a tokenizer.json with the SHA-256 `source`: the same ids, without
 * parsing.
 *
 * @throws AppError `artifact_corrupt` when `bytes` are no such form
 */
export async function loadFlatTokenizer(
  bytes: Uint8Array,
  source: string,
  settings: TokenizerSettings,
): Promise<Tokenizer> {
  if (!isFlat(bytes, WORD_PIECE)) return loadUnigram(readFlatUnigram(bytes, source), settings)
  const wordPiece = readFlatWordPiece(bytes, source)
  const subwords = createWordPieceSubwords(wordPiece, settings.dropUnknown)
  if (subwords) return withTemplate(wordPiece.outline, subwords, settings)
  throw unusableTokenizer('a WordPiece tokenizer of BERT', 'another one')
}

async function loadUnigram(flat: FlatUnigram, settings: TokenizerSettings): Promise<Tokenizer> {
  return withTemplate(flat.outline, await loadUnigramSubwords(flat, settings.dropUnknown), settings)
}

async function loadWithLibrary(file: TokenizerFile, settings: TokenizerSettings): Promise<Tokenizer> {
  return withTemplate(file, await loadLibrarySubwords(file, settings.dropUnknown), settings)
}

function withTemplate(file: TokenizerFile, subwords: Subwords, settings: TokenizerSettings): Tokenizer {
  const template = settings.specialTokens
    ? readTemplate(file.post_processor, (token) => subwords.lookUp(token))
    : BARE_TEMPLATE
  const padId = findPadId(file, subwords)
  const silent = new Set([
    padId,
    ...silentIds(file, subwords),
    ...template.single.flatMap((item) => ('token' in item ? [item.token] : [])),
  ])
  return new TemplateTokenizer(subwords, template, { padId, silent, lowercase: settings.lowercase ?? false })
}

/** The unknown token, the special ones, and the space that SentencePiece puts before every word. */
function silentIds({ added_tokens, pre_tokenizer, normalizer }: TokenizerFile, subwords: Subwords): number[] {
  const marksSpaces = JSON.stringify([pre_tokenizer, normalizer])?.includes('\u2581')
  const space = marksSpaces ? subwords.lookUp('\u2581') : undefined
  const special = added_tokens.filter((token) => token.special).map(({ id }) => id)
  return [subwords.unknownId, space, ...special].filter((id) => id !== undefined)
}
