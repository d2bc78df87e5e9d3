import type { FindEnd } from './splitter.ts'

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const QUOTE = 34

/** Where in a record a byte lies. */
const FIELD_START = 0
const PLAIN = 1
const QUOTED = 2
const AFTER_QUOTE = 3

/**
 * Finds the ends of records of RFC 4180, in whose quoted fields line feeds are text. A quote within a field that does
 * not begin with one is text, too.
 *
 * @param delimiter one byte
 */
export function createCsvEndFinder(delimiter: number): FindEnd {
  let state = FIELD_START
  return (chunk, from) => {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (state === QUOTED) {
        if (byte === QUOTE) state = AFTER_QUOTE
      } else if (byte === QUOTE && state !== PLAIN) {
        // Two quotes in a quoted field are one that is text.
        state = QUOTED
      } else if (byte === LINE_FEED) {
        state = FIELD_START
        return at
      } else if (byte === delimiter) state = FIELD_START
      else if (state !== AFTER_QUOTE || byte !== CARRIAGE_RETURN) state = PLAIN
    }
    return -1
  }
}

/**
 * The fields of one record, given without its line end; `undefined` when its quotes do not fit: a field that is never
 * closed, or text after a closing quote.
 */
export function parseCsvRecord(text: string, delimiter: string): string[] | undefined {
  if (!text.includes('"')) return text.split(delimiter)
  const fields: string[] = []
  for (let at = 0; ; ) {
    if (text[at] !== '"') {
      const end = text.indexOf(delimiter, at)
      fields.push(end < 0 ? text.slice(at) : text.slice(at, end))
      if (end < 0) return fields
      at = end + 1
      continue
    }
    const end = closingQuote(text, at + 1)
    if (end < 0) return undefined
    fields.push(text.slice(at + 1, end).replaceAll('""', '"'))
    if (end + 1 === text.length) return fields
    if (text[end + 1] !== delimiter) return undefined
    at = end + 2
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at
  }
  return -1
}

/** The delimiter of a file with this header: a comma, or what European spreadsheets write where there is none. */
export function delimiterOf(header: string): ',' | ';' {
  return !header.includes(',') && header.includes(';') ? ';' : ','
}

/** Names for columns that can be told apart: one that is empty or comes again gets its number. */
export function nameColumns(header: readonly string[]): string[] {
  const names = new Set<string>()
  header.forEach((given, index) => {
    const name = given.trim()
    let unique = name || `column_${index + 1}`
    for (let number = 2; names.has(unique); number++) unique = `${name || `column_${index + 1}`}_${number}`
    names.add(unique)
  })
  return [...names]
}
