import type { FieldValue, MatchDocument } from './document.ts'

/**
 * What must not sway a match even when it stands in running text. Phone numbers are runs of 8 to 15 digits with
 * the usual separators; years and salaries are shorter.
 */
const CONTACTS = [
  /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu,
  /\b(?:https?:\/\/|www\.)[^\s<>"'，。；、（）]+/giu,
  /\b(?:linkedin\.com|github\.com)\/[^\s<>"'，。；、（）]+/giu,
  /(?<![\p{L}\p{N}])\+?\(?\d(?:[\s().\-/]{0,2}\d){7,14}(?!\d)/gu,
]

/** E-mail addresses, links and phone numbers as spaces, so that every other character keeps its offset. */
export function redactText(text: string): string {
  return CONTACTS.reduce(
    (redacted, pattern) => redacted.replace(pattern, (found) => ' '.repeat(found.length)),
    text,
  )
}

/** A document without the named fields, and without contact details in the texts of the others. */
export function redactDocument(document: MatchDocument, dropped: ReadonlySet<string>): MatchDocument {
  const kept = Object.entries(document.fields).filter(([name]) => !dropped.has(name))
  return {
    ...document,
    fields: Object.fromEntries(kept.map(([name, value]) => [name, redactValue(value, dropped)])),
  }
}

function redactValue(value: FieldValue, dropped: ReadonlySet<string>): FieldValue {
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) return value.map((item) => redactValue(item, dropped))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => !dropped.has(name))
  return Object.fromEntries(kept.map(([name, inner]) => [name, redactValue(inner, dropped)]))
}
