import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The cells of a row of a table, without the white space around them. */
type Row = readonly string[]

/** The text of a file of this repository. */
export const readText = (path: string) => readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8')

/** The tables of a Markdown text, each without its head and the line below it. */
function tablesOf(text: string): Row[][] {
  const blocks = text.split('\n\n').flatMap((block) => {
    const lines = block.split('\n').filter((line) => line.startsWith('|'))
    return lines.length > 2 ? [lines.slice(2)] : []
  })
  return blocks.map((lines) => lines.map(cellsOf))
}

function cellsOf(line: string): Row {
  return line
    .replaceAll('\\|', ' ')
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())
}

/** What stands between back quotes. */
export function codeOf(cell: string): string[] {
  return Array.from(cell.matchAll(/`([^`]+)`/g), ([, code]) => code!)
}

/**
 * The table with a row that begins with the given code.
 *
 * @throws Error when there is none, so that a test of a table that has gone fails
 */
export function tableWith(text: string, code: string): Row[] {
  const found = tablesOf(text).find((rows) => rows.some(([first]) => codeOf(first!).includes(code)))
  if (!found) throw new Error(`No table has a row that begins with ${code}.`)
  return found
}

/** The parts of a cell that lists several values, in either language. */
export function partsOf(cell: string): string[] {
  return cell.split(/, |、/).map((part) => part.trim())
}
