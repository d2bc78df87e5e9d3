import type { Manifest } from '../models/catalog/manifest.ts'
import { readTemplate, type TemplateItem } from './file/token-template.ts'
import { parseTokenizerFile, type TokenizerFile } from './file/tokenizer-file.ts'
import { spansInText } from './lower-case.ts'
import { type Span, type Spellings, spanBytes, spanPieces } from './token-spans.ts'
import { loadTokenizer, type Tokenizer } from './tokenizer.ts'
import { loadTextSteps } from './window/library-subwords.ts'
import { BertCharacters, KIND } from './word-piece/characters.ts'
import { bertSplitting, isIdeograph } from './word-piece/splitting.ts'

/** A token with what it stands for. */
export interface TokenText {
  readonly id: number
  /** The token's own name for a special token, otherwise the text that it covers. */
  readonly text: string
  /** Whether it was added around the text. */
  readonly special: boolean
  /** The bytes of the text in UTF-8 that it covers; null for a special token. */
  readonly start: number | null
  readonly stop: number | null
}

/** Shows how a text is cut into tokens. */
export interface TokenTexts {
  textsOf(text: string, specialTokens: boolean): TokenText[]
}

/**
 * Builds what shows the tokens of a tokenizer.json. The ids are those that the model is given.
 *
 * @throws AppError `artifact_corrupt` as `loadTokenizer` does
 */
export async function loadTokenTexts(
  json: string,
  { specialTokens, dropUnknown, lowercase }: Pick<Manifest, 'specialTokens' | 'dropUnknown' | 'lowercase'>,
): Promise<TokenTexts> {
  const file = parseTokenizerFile(json)
  // With the unknown tokens, so that what follows one is found behind it.
  const bare = await loadTokenizer(json, { specialTokens: false, dropUnknown: false })
  const pieces = piecesOf(file)
  const ids = new Map(pieces.map((piece, id) => [piece, id]))
  const dropped = dropUnknown ? ids.get(unknownPiece(file)) : undefined
  const template = specialTokens ? readTemplate(file.post_processor, (token) => ids.get(token)).single : []
  const spans = isByteLevel(file) ? byteSpans(file, pieces, bare) : await wordSpans(file, pieces, bare)
  return {
    textsOf(text, withSpecial) {
      const bytes = Buffer.from(text)
      const read = lowercase ? text.toLowerCase() : text
      const inText = spansInText(text, read)
      const known = spans(read).filter(({ id }) => id !== dropped)
      const content = known.map(({ id, ...span }) => {
        const { start, stop } = inText(span)
        return { id, text: bytes.toString('utf8', start, stop), special: false, start, stop }
      })
      if (!withSpecial || template.length === 0) return content
      return template.flatMap((item) => itemTexts(item, content, pieces))
    },
  }
}

/** Spans of a text's tokens, in order. */
type Spans = (text: string) => readonly (Span & { readonly id: number })[]

const EVERYTHING = { maxTokens: Number.POSITIVE_INFINITY, truncate: 'end' } as const

function itemTexts(item: TemplateItem, content: TokenText[], pieces: readonly string[]): TokenText[] {
  if ('sequence' in item) return content
  return [{ id: item.token, text: pieces[item.token]!, special: true, start: null, stop: null }]
}

/** The text of every token by id: the first that the file has, where several share an id. */
function piecesOf({ model, added_tokens }: TokenizerFile): string[] {
  const pieces: string[] = []
  if (Array.isArray(model.vocab)) for (const [piece] of model.vocab) pieces.push(piece)
  else for (const [piece, id] of keysOf(model)) pieces[id] ??= piece
  for (const { id, content } of added_tokens) pieces[id] = content
  return pieces
}

function keysOf({ vocab }: TokenizerFile['model']): [string, number][] {
  return Object.entries(vocab as Readonly<Record<string, number>>)
}

/** By piece, the texts of those whose id has several; undefined when no id has. */
function spellingsOf(
  { model }: TokenizerFile,
  pieces: readonly string[],
): Map<string, Spellings> | undefined {
  if (Array.isArray(model.vocab)) return undefined
  const texts: Set<string>[] = []
  for (const [piece, id] of keysOf(model)) {
    const bare = piece.length > 2 && piece.startsWith('##') ? piece.slice(2) : piece
    texts[id] = (texts[id] ?? new Set()).add(bare)
  }
  const spellings = new Map<string, Spellings>()
  texts.forEach((shared, id) => {
    if (shared.size < 2) return
    const lengths = [...new Set(Array.from(shared, (text) => Array.from(text).length))]
    spellings.set(pieces[id]!, { texts: shared, lengths: lengths.sort((one, other) => other - one) })
  })
  return spellings.size > 0 ? spellings : undefined
}

function isByteLevel({ pre_tokenizer }: TokenizerFile): boolean {
  return JSON.stringify(pre_tokenizer)?.includes('"ByteLevel"') ?? false
}

function byteSpans(file: TokenizerFile, pieces: readonly string[], bare: Tokenizer): Spans {
  const trims = JSON.stringify(file.post_processor)?.includes('"trim_offsets":true') ?? false
  return (text) => {
    const ids = Array.from(bare.encode(text, EVERYTHING).ids)
    const spans = spanBytes(
      text,
      ids.map((id) => pieces[id]!),
      trims,
    )
    return spans.map((span, index) => ({ ...span, id: ids[index]! }))
  }
}

/** Spans word by word: where the tokens of the words are those of the text, a token lies in its word. */
async function wordSpans(file: TokenizerFile, pieces: readonly string[], bare: Tokenizer): Promise<Spans> {
  const normalize = memoize((await loadTextSteps(file)).normalize)
  const added = file.added_tokens.map(({ content }) => content)
  const splitting = bertSplitting(file.pre_tokenizer)
  const words = splitting ? bertWords(added, splitting) : spacedWords(added)
  const unknown = unknownPiece(file)
  const spellings = spellingsOf(file, pieces)
  const spansOf = (text: string, ids: readonly number[]) => {
    const spelled = ids.map((id) => pieces[id]!)
    const spans = spanPieces(text, spelled, { normalize, unknown, spellings })
    return spans.map(({ start, stop }, index) => ({ start, stop, id: ids[index]! }))
  }
  const wordOf = memoize((word) => {
    const ids = Array.from(bare.encode(word, EVERYTHING).ids)
    return { ids, spans: spansOf(word, ids) }
  })
  return (text) => {
    const whole = Array.from(bare.encode(text, EVERYTHING).ids)
    const parts = words(text).map((word) => ({ word, ...wordOf(word) }))
    const together = parts.flatMap(({ ids }) => ids)
    if (together.length !== whole.length || together.some((id, index) => id !== whole[index])) {
      return spansOf(text, whole)
    }
    let offset = 0
    return parts.flatMap(({ word, spans }) => {
      const from = offset
      offset += Buffer.byteLength(word)
      return spans.map(({ start, stop, id }) => ({ start: start + from, stop: stop + from, id }))
    })
  }
}

/** Words and characters that are remembered, and the longest of them: texts repeat theirs, and each is 1 to 10 µs. */
const MOST_KEPT = 10_000
const LONGEST_KEPT = 16

/** A function that remembers what it made of short texts. */
function memoize<Value>(make: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>()
  return (text) => {
    if (text.length > LONGEST_KEPT) return make(text)
    const before = known.get(text)
    if (before !== undefined) return before
    const value = make(text)
    if (known.size < MOST_KEPT) known.set(text, value)
    return value
  }
}

function unknownPiece({ model }: TokenizerFile): string {
  if (typeof model.unk_token === 'string') return model.unk_token
  const pieces = model.vocab as readonly (readonly [string, number])[]
  return typeof model.unk_id === 'number' && Array.isArray(pieces)
    ? String(pieces[model.unk_id]?.[0])
    : '<unk>'
}

/** Cuts before each word, so that white space belongs to the word before it; added tokens stand alone. */
function bertWords(
  added: readonly string[],
  { partsIdeographs }: { readonly partsIdeographs: boolean },
): (text: string) => string[] {
  const settings = { chinese: !partsIdeographs, lowercase: false, stripAccents: false }
  const characters = new BertCharacters(settings)
  return (text) =>
    plainParts(text, added).flatMap((part) => {
      if (added.includes(part)) return [part]
      const words: string[] = []
      let open = false
      let ideographs = false
      for (const character of part) {
        const unit = character.codePointAt(0)!
        const kind = characters.classify(unit)
        const alone = kind === KIND.alone || kind === KIND.aloneExpands
        const spaces = kind === KIND.space
        const parted = partsIdeographs && !spaces && open && ideographs !== isIdeograph(unit)
        if (open && !alone && !parted) words[words.length - 1] += character
        else words.push(character)
        open = !alone && !spaces
        ideographs = isIdeograph(unit)
      }
      return words
    })
}

function spacedWords(added: readonly string[]): (text: string) => string[] {
  return (text) => plainParts(text, added).flatMap((part) => part.match(/\s*\S+|\s+$/g) ?? [])
}

/** The text at added tokens, which are parts of their own. */
function plainParts(text: string, added: readonly string[]): string[] {
  if (added.length === 0) return [text]
  const escaped = added.map((content) => content.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return text.split(new RegExp(`(${escaped.join('|')})`)).filter((part) => part !== '')
}
