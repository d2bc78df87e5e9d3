import { isRecord } from '../../is-record.ts'
import { type TokenizerComponent, unusableTokenizer } from './tokenizer-file.ts'

/** One place of a template: a special token, or the first (`A`) or second (`B`) text. */
export type TemplateItem =
  | { readonly token: number; readonly typeId: number }
  | { readonly sequence: 'A' | 'B'; readonly typeId: number }

/** Where the special tokens of a model stand around one text and around two. */
export interface TokenTemplate {
  readonly single: readonly TemplateItem[]
  readonly pair: readonly TemplateItem[]
}

const A: TemplateItem = { sequence: 'A', typeId: 0 }
const B: TemplateItem = { sequence: 'B', typeId: 0 }

/** The template of a model without special tokens: the texts, one after the other. */
export const BARE_TEMPLATE: TokenTemplate = { single: [A], pair: [A, B] }

type LookUp = (token: string) => number | undefined

function special(token: unknown, typeId: unknown, lookUp: LookUp): TemplateItem {
  const id = typeof token === 'string' ? lookUp(token) : undefined
  if (id === undefined)
    throw unusableTokenizer('special tokens of its vocabulary', JSON.stringify(token) ?? 'none')
  return { token: id, typeId: typeId === 1 ? 1 : 0 }
}

function templateItem(item: unknown, lookUp: LookUp): TemplateItem {
  if (isRecord(item)) {
    const { SpecialToken, Sequence } = item
    if (isRecord(SpecialToken)) return special(SpecialToken.id, SpecialToken.type_id, lookUp)
    if (isRecord(Sequence)) {
      return { sequence: Sequence.id === 'B' ? 'B' : 'A', typeId: Sequence.type_id === 1 ? 1 : 0 }
    }
  }
  throw unusableTokenizer('a SpecialToken or a Sequence in the template', JSON.stringify(item) ?? 'nothing')
}

function templateItems(items: unknown, lookUp: LookUp): TemplateItem[] {
  if (!Array.isArray(items)) throw unusableTokenizer('an array of template items', typeof items)
  return items.map((item) => templateItem(item, lookUp))
}

/** `[token, id]`, as BertProcessing and RobertaProcessing name their special tokens. */
function named(value: unknown, lookUp: LookUp): TemplateItem {
  return special(Array.isArray(value) ? value[0] : undefined, 0, lookUp)
}

function classicTemplate(processor: TokenizerComponent, lookUp: LookUp): TokenTemplate {
  const cls = named(processor.cls, lookUp)
  const sep = named(processor.sep, lookUp)
  const single = [cls, A, sep]
  if (processor.type === 'RobertaProcessing') return { single, pair: [...single, sep, B, sep] }
  return { single, pair: [...single, { ...B, typeId: 1 }, { ...sep, typeId: 1 }] }
}

/**
 * Reads the post-processor of a tokenizer.json (`TemplateProcessing`, `BertProcessing`, `RobertaProcessing`,
 * `ByteLevel`, or a `Sequence` of these) as data; `lookUp` is the vocabulary.
 *
 * @throws AppError `artifact_corrupt` for any other kind and for special tokens that the vocabulary lacks
 */
export function readTemplate(processor: TokenizerComponent | null, lookUp: LookUp): TokenTemplate {
  if (processor === null) return BARE_TEMPLATE
  switch (processor.type) {
    case 'ByteLevel': // trims offsets only, which are not kept here
      return BARE_TEMPLATE
    case 'TemplateProcessing':
      return { single: templateItems(processor.single, lookUp), pair: templateItems(processor.pair, lookUp) }
    case 'BertProcessing':
    case 'RobertaProcessing':
      return classicTemplate(processor, lookUp)
    case 'Sequence': {
      const parts = Array.isArray(processor.processors) ? processor.processors.filter(isRecord) : []
      const active = parts.filter((part) => part.type !== 'ByteLevel')
      const [first] = active
      if (active.length > 1) throw unusableTokenizer('one template in the post-processor', `${active.length}`)
      return readTemplate(first === undefined ? null : { ...first, type: String(first.type) }, lookUp)
    }
    default:
      throw unusableTokenizer('a known post-processor', processor.type)
  }
}

/** How many special tokens the items add. */
export function countSpecial(items: readonly TemplateItem[]): number {
  return items.filter((item) => 'token' in item).length
}

/** Numbers that are handed out from one piece of memory. */
const POOL_IDS = 16_384
let pool = new Int32Array(POOL_IDS)
let taken = 0

/** Room for the ids of one input: a piece of memory for each of a million inputs would leave gaps in all of it. */
function takeIds(count: number): Int32Array {
  if (taken + count > pool.length) {
    pool = new Int32Array(Math.max(POOL_IDS, count))
    taken = 0
  }
  taken += count
  return pool.subarray(taken - count, taken)
}

/** Lays the content ids out as the items say. `typeIds` is undefined when all are 0. */
export function fillTemplate(
  items: readonly TemplateItem[],
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): { ids: Int32Array; typeIds: Uint8Array | undefined } {
  const part = (item: TemplateItem) =>
    'token' in item ? [item.token] : item.sequence === 'A' ? first : second
  const total = items.reduce((sum, item) => sum + part(item).length, 0)
  const ids = takeIds(total)
  const typeIds = items.some((item) => item.typeId !== 0) ? new Uint8Array(total) : undefined
  let offset = 0
  for (const item of items) {
    const content = part(item)
    ids.set(content, offset)
    typeIds?.fill(item.typeId, offset, offset + content.length)
    offset += content.length
  }
  return { ids, typeIds }
}
