import { AppError, invalid } from '../errors.ts'
import type { LearningLabel } from './catalogue.ts'

/** Names that a label's text has in files of occupations and skills. */
export const LABEL_TEXT_FIELDS: readonly string[] = [
  'text',
  'label',
  'preferredLabel',
  'title',
  'name',
] as const

/**
 * Reads one row of the catalogue of labels: an id and a text; other columns are left alone.
 *
 * @throws AppError `invalid_request`, with the field, for a row that has none
 */
export function readLabel(row: Readonly<Record<string, unknown>>): LearningLabel {
  const id = typeof row.id === 'number' ? String(row.id) : row.id
  if (typeof id !== 'string' || id.trim() === '')
    throw invalid('id', 'id is missing; expected the id of a label.')
  const field = LABEL_TEXT_FIELDS.find((name) => typeof row[name] === 'string')
  const text = field === undefined ? undefined : (row[field] as string)
  if (text === undefined || text.trim() === '')
    throw invalid(
      'text',
      `text is missing or blank; expected the text of the label, as ${LABEL_TEXT_FIELDS.join(', ')}.`,
    )
  return { id: id.trim(), text }
}

/**
 * Makes sure that an id is one label.
 *
 * @param placeOf names the row of a label
 * @throws AppError `invalid_request` with both rows
 */
export function refuseTwice(labels: readonly LearningLabel[], placeOf: (row: number) => string): void {
  const rows = new Map<string, number>()
  labels.forEach(({ id }, row) => {
    const before = rows.get(id)
    if (before !== undefined)
      throw new AppError(
        'invalid_request',
        `${placeOf(row)}: id is the one of ${placeOf(before)}; expected each label once.`,
        { details: { field: 'id' } },
      )
    rows.set(id, row)
  })
}
