import { corruptGguf } from './cursor.ts'
import type { GgufHeader } from './header.ts'
import { listOf, textOf } from './numbers.ts'
import { type GgufList, placesOf, TEXT_TYPE, textsAt } from './values.ts'

/** What a file says of its tokenizer. */
export interface GgufVocabulary {
  /** `llama`: SentencePiece with scores; `gpt2`: byte-level BPE. */
  readonly kind: 'llama' | 'gpt2'
  readonly pieces: number
  /** The piece that begins a text, and the one that ends an answer; absent where the file names none. */
  readonly begin?: string
  readonly end?: string
  /**
   * Pieces that stand for something else than their letters, in order of their ids. A caller's text is tokenized so
   * that none of them comes of it.
   */
  readonly special: readonly string[]
}

const KINDS = ['llama', 'gpt2'] as const
/** Control and user-defined pieces, as the specification numbers them. */
const SPECIAL_TYPES = new Set([3, 4])
/** int32, and uint32, which some converters write. */
const TYPE_TYPES = [4, 5]
/** Models reserve some thousand places (Gemma: 6,242); names of real ones are far fewer. */
const MOST_SPECIAL = 16_384

/**
 * @param start the bytes that `header` was read from
 * @throws AppError `artifact_corrupt` where the lists do not fit each other or an id is beyond them
 */
export function readVocabulary(start: Uint8Array, header: GgufHeader): GgufVocabulary {
  const name = textOf(header, 'tokenizer.ggml.model')
  const kind = KINDS.find((known) => known === name)
  if (!kind) {
    const got = name === undefined ? 'missing' : JSON.stringify(name.slice(0, 40))
    throw corruptGguf(`its tokenizer.ggml.model is ${got}; expected ${KINDS.join(' or ')}`)
  }
  const tokens = listOf(header, 'tokenizer.ggml.tokens')
  if (tokens?.type !== TEXT_TYPE || tokens.count === 0) {
    throw corruptGguf('its tokenizer.ggml.tokens is no list of texts')
  }
  const begin = idOf(header, 'bos_token_id', tokens)
  const end = idOf(header, 'eos_token_id', tokens)
  const special = specialPlaces(start, header, tokens)
  const wanted = new Set([...special, ...[begin, end].filter((id) => id !== undefined)])
  const texts = textsAt(start, tokens, wanted)
  return {
    kind,
    pieces: tokens.count,
    ...(begin !== undefined && { begin: texts.get(begin)! }),
    ...(end !== undefined && { end: texts.get(end)! }),
    special: [...special].map((id) => texts.get(id)!),
  }
}

function idOf({ values }: GgufHeader, name: string, tokens: GgufList): number | undefined {
  const key = `tokenizer.ggml.${name}`
  const id = values.get(key)
  if (id === undefined) return undefined
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < tokens.count) return id
  throw corruptGguf(`${key} is no place in its list of ${tokens.count} pieces`)
}

function specialPlaces(start: Uint8Array, header: GgufHeader, tokens: GgufList): Set<number> {
  const types = listOf(header, 'tokenizer.ggml.token_type')
  if (!types) return new Set()
  if (!TYPE_TYPES.includes(types.type) || types.count !== tokens.count) {
    throw corruptGguf(`it has ${tokens.count} pieces and ${types.count} types of pieces`)
  }
  const places = placesOf(start, types, SPECIAL_TYPES)
  if (places.size > MOST_SPECIAL) {
    throw corruptGguf(`${places.size} of its pieces are special; expected ${MOST_SPECIAL} at most`)
  }
  return places
}
