import type { Manifest } from '../models/catalog/manifest.ts'
import { readTemplate, type TemplateItem } from './file/token-template.ts'
import { parseTokenizerFile, type TokenizerFile } from './file/tokenizer-file.ts'
import { spansInText } from './lower-case.ts'
import { type Span, spanBytes, spanPieces } from './token-spans.ts'
import { loadTokenizer, type Tokenizer } from './tokenizer.ts'
import { loadTextSteps } from './window/library-subwords.ts'
import { BertCharacters, KIND } from './word-piece/characters.ts'

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
  const bare = await loadTokenizer(json, { specialTokens: false, dropUnknown })
  const pieces = piecesOf(file)
  const ids = new Map(pieces.map((piece, id) => [piece, id]))
  const template = specialTokens ? readTemplate(file.post_processor, (token) => ids.get(token)).single : []
  const spans = isByteLevel(file) ? byteSpans(file, pieces, bare) : await wordSpans(file, pieces, bare)
  return {
    textsOf(text, withSpecial) {
      const bytes = Buffer.from(text)
      const read = lowercase ? text.toLowerCase() : text
      const inText = spansInText(text, read)
      const content = spans(read).map(({ id, ...span }) => {
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

/** The text of every token by id. */
function piecesOf({ model, added_tokens }: TokenizerFile): string[] {
  const pieces: string[] = []
  if (Array.isArray(model.vocab)) for (const [piece] of model.vocab) pieces.push(piece)
  else {
    for (const [piece, id] of Object.entries(model.vocab as Readonly<Record<string, number>>))
      pieces[id] = piece
  }
  for (const { id, content } of added_tokens) pieces[id] = content
  return pieces
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
  const words = file.pre_tokenizer?.type === 'BertPreTokenizer' ? bertWords(added) : spacedWords(added)
  const unknown = unknownPiece(file)
  const spansOf = (text: string, ids: readonly number[]) => {
    const spelled = ids.map((id) => pieces[id]!)
    const spans = spanPieces(text, spelled, { normalize, unknown })
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
function bertWords(added: readonly string[]): (text: string) => string[] {
  const characters = new BertCharacters({ chinese: true, lowercase: false, stripAccents: false })
  return (text) =>
    plainParts(text, added).flatMap((part) => {
      if (added.includes(part)) return [part]
      const words: string[] = []
      let open = false
      for (const character of part) {
        const kind = characters.classify(character.codePointAt(0)!)
        const alone = kind === KIND.alone || kind === KIND.aloneExpands
        if (open && !alone) words[words.length - 1] += character
        else words.push(character)
        open = !alone && kind !== KIND.space
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
