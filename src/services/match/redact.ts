import { ExactNumber } from '../../formats/exact-json.ts'
import { blankContacts } from './contacts.ts'
import type { FieldValue, MatchDocument } from './document.ts'

/**
 * A document without the named fields, and without contact details in the texts of the others: what must not sway
 * a match even when it stands in running text.
 */
export function redactDocument(document: MatchDocument, dropped: ReadonlySet<string>): MatchDocument {
  return { ...document, fields: redactFields(document.fields, dropped) }
}

function redactFields(fields: Readonly<Record<string, FieldValue>>, dropped: ReadonlySet<string>) {
  const kept = Object.entries(fields).filter(([name]) => !dropped.has(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, redactValue(value, dropped)]))
}

function redactValue(value: FieldValue, dropped: ReadonlySet<string>): FieldValue {
  if (typeof value === 'string') return blankContacts(value)
  if (isList(value)) return value.map((item) => redactValue(item, dropped))
  if (value instanceof ExactNumber) return value
  return typeof value === 'object' && value !== null ? redactFields(value, dropped) : value
}

/** `Array.isArray` does not narrow a readonly list. */
function isList(value: FieldValue): value is readonly FieldValue[] {
  return Array.isArray(value)
}
