import { padTo, widthOf } from './width.ts'

/** Columns of numbers by their place: those stand to the right, under each other's units. */
export const AFTER_FIRST = (column: number): boolean => column > 0

/**
 * Rows of cells as lines of text, each column as wide as its widest cell in a terminal, two spaces apart; no spaces at a line's end.
 *
 * @param isNumber whether the column at a place, from 0, is set to the right; by default none is
 */
export function formatTable(
  rows: readonly (readonly string[])[],
  isNumber: (column: number) => boolean = () => false,
): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell))
  }
  const pad = (cell: string, column: number) => padTo(cell, widths[column]!, isNumber(column))
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}
