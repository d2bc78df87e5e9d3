import { foldName } from '../../formats/column-names.ts'
import { ExactNumber } from '../../formats/exact-json.ts'
import { blankContacts } from './contacts.ts'
import type { FieldValue, MatchDocument } from './document.ts'

/** The fields to drop, their names as `foldName` makes them. */
type Dropped = Pick<ReadonlySet<string>, 'has'>

/**
 * A document without the named fields, however their names are written, and without contact details in the texts of the others: what must not sway
 * a match even when it stands in running text.
 */
export function redactDocument(document: MatchDocument, dropped: Dropped): MatchDocument {
  return { ...document, fields: redactFields(document.fields, dropped) }
}

function redactFields(fields: Readonly<Record<string, FieldValue>>, dropped: Dropped) {
  const kept = Object.entries(fields).filter(([name]) => !dropped.has(foldName(name)))
  return Object.fromEntries(kept.map(([name, value]) => [name, redactValue(value, dropped)]))
}

function redactValue(value: FieldValue, dropped: Dropped): FieldValue {
  if (typeof value === 'string') return blankContacts(value)
  if (isList(value)) return value.map((item) => redactValue(item, dropped))
  if (value instanceof ExactNumber) return value
  return typeof value === 'object' && value !== null ? redactFields(value, dropped) : value
}

/** `Array.isArray` does not narrow a readonly list. */
function isList(value: FieldValue): value is readonly FieldValue[] {
  return Array.isArray(value)
}
