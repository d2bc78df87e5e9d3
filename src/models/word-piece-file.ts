import { PieceTable } from './piece-table.ts'
import { checkTokenizerFile, type TokenizerFile } from './tokenizer-file.ts'

/** A WordPiece tokenizer.json: its settings, and its vocabulary as a table. */
export interface WordPieceFile {
  /** Everything but the vocabulary, which is empty here. */
  readonly outline: TokenizerFile
  readonly table: PieceTable
}

const VOCABULARY = /"vocab"\s*:\s*\{/g
const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACE = 0x7d

/**
 * Reads the vocabulary straight out of the text of a tokenizer.json: an object of 30,000 keys takes five times as
 * long to make as to read. Undefined for anything out of the ordinary, which is then read as JSON.
 */
export function readWordPieceFile(json: string): WordPieceFile | undefined {
  const [found, ...others] = json.matchAll(VOCABULARY)
  if (!found || others.length > 0) return undefined
  const start = found.index + found[0].length
  const scanned = scanVocabulary(json, start)
  if (!scanned) return undefined
  const outline = checkTokenizerFile(JSON.parse(json.slice(0, start) + json.slice(scanned.end)))
  return outline.model.type === 'WordPiece' ? { outline, table: scanned.table } : undefined
}

/** Reads `"piece": id, …}` from `start`; `end` is where the closing brace stands. */
function scanVocabulary(json: string, start: number): { table: PieceTable; end: number } | undefined {
  // The shortest entry, `"a":1,`, has six characters, one of which is the piece.
  const room = json.length - start
  const table = new PieceTable(Math.ceil(room / 5), room)
  let at = skipSpace(json, start)
  for (;;) {
    if (json.charCodeAt(at) === BRACE) return { table: table.seal(), end: at }
    if (json.charCodeAt(at) !== QUOTE) return undefined
    const from = at + 1
    at = endOfString(json, from)
    if (at < 0) return undefined
    const end = at
    at = skipSpace(json, at + 1)
    if (json.charCodeAt(at) !== 0x3a) return undefined
    const number = readInteger(json, skipSpace(json, at + 1))
    if (!number) return undefined
    addPiece(table, json, from, end, number.value)
    at = skipSpace(json, number.end)
    if (json.charCodeAt(at) === 0x2c) at = skipSpace(json, at + 1)
  }
}

/** Where the string that begins at `from` is closed; -1 when it never is. */
function endOfString(json: string, from: number): number {
  for (let at = from; at < json.length; at++) {
    const unit = json.charCodeAt(at)
    if (unit === QUOTE) return at
    if (unit === BACKSLASH) at++
  }
  return -1
}

function addPiece(table: PieceTable, json: string, from: number, end: number, id: number): void {
  for (let at = from; at < end; at++) {
    if (json.charCodeAt(at) !== BACKSLASH) continue
    const piece = JSON.parse(json.slice(from - 1, end + 1)) as string
    table.add(piece, 0, piece.length, id)
    return
  }
  table.add(json, from, end, id)
}

function skipSpace(json: string, from: number): number {
  let at = from
  while (json.charCodeAt(at) <= 0x20) at++
  return at
}

function readInteger(json: string, from: number): { value: number; end: number } | undefined {
  let value = 0
  let end = from
  for (
    let digit = json.charCodeAt(end) - 0x30;
    digit >= 0 && digit <= 9;
    digit = json.charCodeAt(++end) - 0x30
  ) {
    value = 10 * value + digit
  }
  return end === from ? undefined : { value, end }
}
