import type { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers'
import { AppError } from '../errors.ts'

/** One tokenized input, as the graph wants it. */
export interface TokenizedInput {
  readonly ids: Int32Array
  /** 0 for the first text, 1 for the second; `undefined` means all zeros. */
  readonly typeIds: Uint8Array | undefined
  readonly truncated: boolean
}

/** How much of a text is kept. */
export interface TokenizeOptions {
  /** Special tokens included. */
  readonly maxTokens: number
  /** Which end is dropped; `false` refuses with `input_too_long`. */
  readonly truncate: 'end' | 'start' | false
}

/** Fields of a manifest that shape tokenization. */
export interface TokenizerSettings {
  readonly specialTokens: boolean
  readonly dropUnknown: boolean
}

/** Text to token ids with one model's vocabulary. */
export interface Tokenizer {
  readonly padId: number
  readonly vocabularySize: number
  encode(text: string, options: TokenizeOptions): TokenizedInput
}

/** Builds a tokenizer from the text of a `tokenizer.json`. */
export async function loadTokenizer(json: string, settings: TokenizerSettings): Promise<Tokenizer> {
  const { Tokenizer } = await import('@huggingface/tokenizers')
  const definition = JSON.parse(json)
  const library: LibraryTokenizer = new Tokenizer(definition, {})
  const unknown = library.token_to_id(definition.model.unk_token ?? '[UNK]')
  const specials = settings.specialTokens
    ? (library.post_processor?.post_process([], null, true).tokens.length ?? 0)
    : 0
  return {
    padId: definition.padding?.pad_id ?? library.token_to_id('[PAD]') ?? library.token_to_id('<pad>') ?? 0,
    vocabularySize: library.get_vocab(true).size,
    encode(text, { maxTokens, truncate }) {
      let tokens = library.tokenize(text, { add_special_tokens: false })
      if (settings.dropUnknown) tokens = tokens.filter((token) => library.token_to_id(token) !== unknown)
      const room = maxTokens - specials
      const truncated = tokens.length > room
      if (truncated && truncate === false) {
        throw new AppError(
          'input_too_long',
          `The input has ${tokens.length + specials} tokens; expected at most ${maxTokens}; shorten it or set truncate.`,
          { details: { tokens: tokens.length + specials, maxTokens } },
        )
      }
      const kept = truncate === 'start' ? tokens.slice(-room) : tokens.slice(0, room)
      const processed = settings.specialTokens
        ? (library.post_processor?.post_process(kept, null, true).tokens ?? kept)
        : kept
      const ids = Int32Array.from(processed, (token) => library.token_to_id(token) ?? unknown ?? 0)
      return { ids, typeIds: undefined, truncated }
    },
  }
}
