import { ExactNumber } from '../../formats/exact-json.ts'
import type { FieldValue, MatchDocument } from './document.ts'

const MAIL = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu
const LINK = /\b(?:https?:\/\/|www\.|linkedin\.com\/|github\.com\/)[^\s<>"'，。；、（）]+/giu
/** Runs of 8 to 15 digits with the usual separators; salaries are shorter. */
const PHONE = /(?<![A-Za-z\d])\+?\(?\d(?:[\s().\-/]{0,2}\d){7,14}(?!\d)/g
/** 2015-2019, 2015/01/31 and 31.12.2015 have as many digits as a telephone number. */
const DATE =
  /^(?:19|20)\d\d(?:\s?[-–/]\s?(?:19|20)\d\d|[-/.]\d{1,2}[-/.]\d{1,2})$|^\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d$/

/** E-mail addresses, links and phone numbers as spaces, so that every other character keeps its offset. */
export function redactText(text: string): string {
  const blank = (found: string) => ' '.repeat(found.length)
  return text
    .replace(MAIL, blank)
    .replace(LINK, blank)
    .replace(PHONE, (found) => (DATE.test(found) ? found : blank(found)))
}

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
  if (typeof value === 'string') return redactText(value)
  if (isList(value)) return value.map((item) => redactValue(item, dropped))
  if (value instanceof ExactNumber) return value
  return typeof value === 'object' && value !== null ? redactFields(value, dropped) : value
}

/** `Array.isArray` does not narrow a readonly list. */
function isList(value: FieldValue): value is readonly FieldValue[] {
  return Array.isArray(value)
}
