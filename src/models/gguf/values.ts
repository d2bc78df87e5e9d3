import { Cursor, corruptGguf } from './cursor.ts'

/** A list in a header: where its items lie. They are read one by one, since a vocabulary has 150,000 and more. */
export interface GgufList {
  readonly type: number
  readonly count: number
  /** The byte of the header at which its first item begins. */
  readonly start: number
}

/** A value of a header. Numbers of 8 bytes beyond 2^53 lose digits; no key that is used here has such. */
export type GgufValue = number | boolean | string | GgufList

/** The type of texts, as the format numbers it. */
export const TEXT_TYPE = 8
const LIST_TYPE = 9
/** Bytes of an item, by type; texts and lists have none. */
const WIDTHS: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
}
/** The longest chat template seen has 17 kB; a model card in the header, which some have, may be longer. */
const MOST_TEXT_BYTES = 1024 * 1024
/** Gemma has 262,144 pieces; merges of pairs are fewer than twice the pieces. */
const MOST_ITEMS = 4_194_304

/** The value at a cursor, of a type of the format's specification (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). */
export function readValue(cursor: Cursor, type: number, key: string): GgufValue {
  if (type === TEXT_TYPE) return cursor.text(MOST_TEXT_BYTES, `the value of ${key}`)
  if (type === LIST_TYPE) return readList(cursor, key)
  return readScalar(cursor, type, `the value of ${key}`)
}

function readScalar(cursor: Cursor, type: number, what: string): number | boolean {
  switch (type) {
    case 0:
      return cursor.unsigned(1, what)
    case 1:
      return cursor.signed(1, what)
    case 2:
      return cursor.unsigned(2, what)
    case 3:
      return cursor.signed(2, what)
    case 4:
      return cursor.unsigned(4, what)
    case 5:
      return cursor.signed(4, what)
    case 6:
      return cursor.real(4, what)
    case 7:
      return flag(cursor.unsigned(1, what), what)
    case 10:
      return cursor.whole(Number.MAX_SAFE_INTEGER, what)
    case 11:
      return cursor.wide(what)
    case 12:
      return cursor.real(8, what)
    default:
      throw corruptGguf(`${what} has the type ${type}; expected one of 0 to 12`)
  }
}

function flag(value: number, what: string): boolean {
  if (value > 1) throw corruptGguf(`${what} is ${value}; expected 0 or 1`)
  return value === 1
}

/** Checks that all items are there, and keeps their place. */
function readList(cursor: Cursor, key: string): GgufList {
  const type = cursor.unsigned(4, `the type of the items of ${key}`)
  const width = WIDTHS[type]
  if (width === undefined && type !== TEXT_TYPE) {
    const what = type === LIST_TYPE ? 'lists, which llama.cpp does not read either' : `the type ${type}`
    throw corruptGguf(`the items of ${key} are of ${what}; expected plain values`)
  }
  const count = cursor.whole(MOST_ITEMS, `the number of items of ${key}`)
  const start = cursor.offset
  if (width !== undefined) cursor.skip(width * count, `the list ${key}`)
  else for (let item = 0; item < count; item++) cursor.passText(`item ${item} of ${key}`)
  return { type, count, start }
}

/**
 * The texts of a list at some places.
 *
 * @param places of items, each below the list's count
 */
export function textsAt(
  header: Uint8Array,
  list: GgufList,
  places: ReadonlySet<number>,
): Map<number, string> {
  const found = new Map<number, string>()
  const cursor = new Cursor(header, list.start)
  for (let item = 0; item < list.count && found.size < places.size; item++) {
    if (places.has(item)) found.set(item, cursor.text(MOST_TEXT_BYTES, `item ${item}`))
    else cursor.passText(`item ${item}`)
  }
  return found
}

/** The places of a list of int32 or uint32 at which a number of `wanted` stands. */
export function placesOf(header: Uint8Array, list: GgufList, wanted: ReadonlySet<number>): Set<number> {
  const cursor = new Cursor(header, list.start)
  const places = new Set<number>()
  for (let item = 0; item < list.count; item++) {
    if (wanted.has(cursor.unsigned(4, `item ${item}`))) places.add(item)
  }
  return places
}
