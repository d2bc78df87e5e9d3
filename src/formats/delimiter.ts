import { createCsvFinder, parseCsvRecord } from './csv.ts'
import type { Sample } from './sample.ts'
import { createSplitter } from './splitter.ts'
import { isBlank, textOfRecord } from './text-parse.ts'

/** What spreadsheets and databases put between fields, the usual one first. */
const DELIMITERS = { csv: [',', ';', '\t', '|'], tsv: ['\t', ',', ';', '|'] } as const
/** So many rows, and so many bytes of them, tell. */
const ROWS = 100
const BYTES = 256 * 1024
const PIECE_BYTES = 16 * 1024

/**
 * The delimiter of a table: the one with which most rows have as many fields as the header, at least two; among those
 * alike, the one with most fields, then the format's usual one, which a table of one column has, too. A delimiter
 * between quotes does not count.
 */
export function findDelimiter({ bytes, whole }: Sample, format: 'csv' | 'tsv'): string {
  const [usual] = DELIMITERS[format]
  const scores = DELIMITERS[format].map((delimiter) => ({ delimiter, ...scoreOf(bytes, whole, delimiter) }))
  const best = scores.reduce((one, other) =>
    other.share > one.share || (other.share === one.share && other.fields > one.fields) ? other : one,
  )
  return best.share > 0 ? best.delimiter : usual
}

/** How well a delimiter fits: the share of rows with as many fields as the header, 0 where that has but one. */
function scoreOf(bytes: Uint8Array, whole: boolean, delimiter: string): { share: number; fields: number } {
  const counts = fieldCounts(bytes, whole, delimiter)
  const [fields = 0, ...rows] = counts
  if (fields < 2) return { share: 0, fields }
  const alike = rows.filter((count) => count === fields).length
  return { share: rows.length === 0 ? 1 : alike / rows.length, fields }
}

/**
 * Whether text is a table with a delimiter: most of its first rows, at least one, have as many fields as the header,
 * which has two or more. Line ends within quotes are obeyed, so that cells of several lines hide no table.
 */
export function isTable({ bytes, whole }: Sample, delimiter: string): boolean {
  const [fields = 0, ...rows] = fieldCounts(bytes, whole, delimiter)
  const alike = rows.filter((count) => count === fields).length
  return fields >= 2 && rows.length > 0 && alike * 2 >= rows.length
}

/** Fields of the first rows; 0 of one whose quotes do not fit. */
function fieldCounts(bytes: Uint8Array, whole: boolean, delimiter: string): number[] {
  const counts: number[] = []
  const splitter = createSplitter(createCsvFinder(delimiter.charCodeAt(0)), 0, BYTES)
  const most = Math.min(bytes.length, BYTES)
  const add = (records: ReturnType<typeof splitter.push>) => {
    for (const raw of records) {
      if (isBlank(raw, delimiter)) continue
      const fields = raw.unclosed === undefined ? parseCsvRecord(textOfRecord(raw), delimiter) : undefined
      counts.push(fields?.length ?? 0)
    }
  }
  for (let start = 0; start < most && counts.length <= ROWS; start += PIECE_BYTES) {
    add(splitter.push(bytes.subarray(start, Math.min(most, start + PIECE_BYTES))))
  }
  if ((whole && most === bytes.length && counts.length <= ROWS) || counts.length === 0) add(splitter.finish())
  return counts.slice(0, ROWS + 1)
}

/**
 * The line `sep=;` by which Excel is told the delimiter: it is obeyed, and is no row. No row either is the line `#TYPE`
 * that PowerShell writes.
 */
export function separatorLine(bytes: Uint8Array): { delimiter?: string; end: number } | undefined {
  const type = /^(\xEF\xBB\xBF)?#TYPE [^\r\n]*(\r\n|\r|\n)/.exec(
    Buffer.from(bytes.subarray(0, 512)).toString('latin1'),
  )
  if (type) return { end: type[0].length }
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  const found = /^(\xEF\xBB\xBF)?"?sep=([\t -~])"?(\r\n|\r|\n)/i.exec(head)
  return found ? { delimiter: found[2]!, end: found[0].length } : undefined
}
