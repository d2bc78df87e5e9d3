import { createHash } from 'node:crypto'
import { checkTokenizerFile } from '../../../src/tokenizer/file/tokenizer-file.ts'
import { buildFlatUnigram } from '../../../src/tokenizer/unigram/build.ts'
import { readFlatUnigram } from '../../../src/tokenizer/unigram/file.ts'
import { loadUnigramSubwords } from '../../../src/tokenizer/unigram/subwords.ts'
import { loadLibrarySubwords } from '../../../src/tokenizer/window/library-subwords.ts'
import { normalizePrecompiled } from '../../../src/tokenizer/window/precompiled.ts'
import type { Subwords } from '../../../src/tokenizer/window/subwords.ts'

/** An added token as a tokenizer.json has it. */
export interface AddedTokenEntry {
  readonly id: number
  readonly content: string
  readonly special?: boolean
  readonly normalized?: boolean
  readonly lstrip?: boolean
  readonly rstrip?: boolean
}

/** A Unigram tokenizer.json; what is left out is as in XLM-R's. */
export function unigramFile(
  vocab: readonly (readonly [string, number])[],
  fields: {
    readonly added?: readonly AddedTokenEntry[]
    readonly normalizer?: unknown
    readonly pre_tokenizer?: unknown
    readonly model?: Record<string, unknown>
  } = {},
) {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: fields.added ?? [],
    normalizer: fields.normalizer === undefined ? { type: 'Precompiled' } : fields.normalizer,
    pre_tokenizer: fields.pre_tokenizer === undefined ? METASPACE_WORDS : fields.pre_tokenizer,
    post_processor: null,
    decoder: null,
    model: { type: 'Unigram', unk_id: 0, vocab: [['<unk>', 0], ...vocab], ...fields.model },
  }
}

/** XLM-R's: words at white space, each with a ▁ before it. */
export const METASPACE_WORDS = {
  type: 'Sequence',
  pretokenizers: [
    { type: 'WhitespaceSplit' },
    { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
  ],
}

/** Bytes of a file's JSON, and their SHA-256. */
export function jsonOf(file: unknown): { json: Buffer; sha256: string } {
  const json = Buffer.from(JSON.stringify(file))
  return { json, sha256: createHash('sha256').update(json).digest('hex') }
}

/** Loads the flat form of a tokenizer.json. */
export async function loadFlat(file: unknown, dropUnknown = false): Promise<Subwords> {
  const { json, sha256 } = jsonOf(file)
  const built = buildFlatUnigram(json)
  if ('refused' in built) throw new Error(built.refused)
  return loadUnigramSubwords(readFlatUnigram(built.bytes, sha256), dropUnknown)
}

/** Loads the same file with the library. */
export function loadReference(file: unknown, dropUnknown = false): Promise<Subwords> {
  return loadLibrarySubwords(checkTokenizerFile(file), dropUnknown)
}

/** Every id of a text. */
export function idsOf(subwords: Subwords, text: string): number[] {
  return Array.from(subwords.take(text, 100_000, 'start').ids)
}

/**
 * Whether the library reads a text as the reference implementation does: it joins marks and the parts of Korean syllables
 * in clusters of any length, and takes a NEL for no white space.
 */
export function isReadAlike(text: string): boolean {
  const normalized = normalizePrecompiled(text)
  const joined = normalized.split('～').map((part) => part.normalize('NFKC'))
  return joined.join('～') === normalized && !text.includes('\u0085')
}
