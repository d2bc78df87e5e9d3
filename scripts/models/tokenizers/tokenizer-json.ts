/** A tokenizer ready to be written, with what its model has to know. */
export interface FixtureTokenizer {
  /** The tokenizer.json, in the format of Hugging Face `tokenizers`. */
  readonly json: string
  readonly vocabularySize: number
}

/** An entry of `added_tokens`: a piece that no other token can be part of. */
export function specialToken(content: string, id: number, lstrip = false) {
  return { id, content, single_word: false, lstrip, rstrip: false, normalized: false, special: true }
}

/** The outline that all tokenizer.json files share; neither truncation nor padding. */
export function tokenizerJson(
  specials: readonly ReturnType<typeof specialToken>[],
  parts: {
    readonly normalizer: object | null
    readonly pre_tokenizer: object
    readonly post_processor: object
    readonly decoder: object
    readonly model: object
  },
): string {
  return JSON.stringify({ version: '1.0', truncation: null, padding: null, added_tokens: specials, ...parts })
}

/** A template of special tokens around one text and two; `typeId` is that of the second text. */
export function template(
  [first, last]: readonly [string, string],
  [firstId, lastId]: readonly [number, number],
  between: 1 | 2,
  typeId: 0 | 1,
) {
  const special = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } })
  const sequence = (id: string, type_id: number) => ({ Sequence: { id, type_id } })
  const single = [special(first, 0), sequence('A', 0), special(last, 0)]
  const separators = between === 2 ? [special(last, 0)] : []
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, ...separators, sequence('B', typeId), special(last, typeId)],
    special_tokens: {
      [first]: { id: first, ids: [firstId], tokens: [first] },
      [last]: { id: last, ids: [lastId], tokens: [last] },
    },
  }
}

/** Pieces by id, in order; a piece that comes twice keeps its first id. */
export function numbered(pieces: readonly string[]): Map<string, number> {
  return new Map([...new Set(pieces)].map((piece, id) => [piece, id]))
}
