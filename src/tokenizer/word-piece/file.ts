import { checkTokenizerFile, type TokenizerFile } from '../file/tokenizer-file.ts'
import { PieceTable } from './piece-table.ts'

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
const SPACE = 0x20
const COMMA = 0x2c
const COLON = 0x3a
const ZERO = 0x30

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

/**
 * Reads `"piece": id, …}` from `start`; `end` is where the closing brace stands. It runs once in a process, cold: so
 * strings are searched by the engine itself, and the usual case is one loop without calls.
 */
function scanVocabulary(json: string, start: number): { table: PieceTable; end: number } | undefined {
  // The shortest entry, `"a":1,`, has six characters, one of which is the piece.
  const room = json.length - start
  const table = new PieceTable(Math.ceil(room / 5), room)
  let nextEscape = json.indexOf('\\', start)
  let at = start
  for (;;) {
    let unit = json.charCodeAt(at)
    while (unit <= SPACE || unit === COMMA) unit = json.charCodeAt(++at)
    if (unit === BRACE) return { table: table.seal(), end: at }
    if (unit !== QUOTE) return undefined
    const from = at + 1
    let end = json.indexOf('"', from)
    const escaped = nextEscape >= 0 && nextEscape < end
    if (escaped) {
      end = endOfString(json, from)
      nextEscape = json.indexOf('\\', end)
    }
    if (end < 0) return undefined
    at = end + 1
    unit = json.charCodeAt(at)
    while (unit <= SPACE) unit = json.charCodeAt(++at)
    if (unit !== COLON) return undefined
    unit = json.charCodeAt(++at)
    while (unit <= SPACE) unit = json.charCodeAt(++at)
    let id = 0
    const digits = at
    for (unit -= ZERO; unit >= 0 && unit <= 9; unit = json.charCodeAt(++at) - ZERO) id = 10 * id + unit
    if (at === digits) return undefined
    if (escaped) {
      const piece = JSON.parse(json.slice(from - 1, end + 1)) as string
      table.add(piece, 0, piece.length, id)
    } else table.add(json, from, end, id)
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
