import { foldName } from './column-names.ts'

const NOT_TEXT = new Set(['id', 'url', 'email', 'phone', 'name', 'location', 'years'])

/** Fields that name, place or count rather than describe; they are filtered on, not embedded, unless weighted. */
export function describes(name: string): boolean {
  return !NOT_TEXT.has(foldName(name))
}

/** Whether a value is a text, or holds one, that is not blank. */
export function holdsText(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() !== ''
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(holdsText)
}
