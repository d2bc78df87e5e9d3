import { foldName } from '../../formats/column-names.ts'
import { describes, holdsText } from '../../formats/described-text.ts'
import type { ExactNumber } from '../../formats/exact-json.ts'

/** A value of a structured document's field. */
export type FieldValue =
  | string
  | number
  | ExactNumber
  | boolean
  | null
  | readonly FieldValue[]
  | { readonly [name: string]: FieldValue }

/** One query or candidate, as the stages of a match see it. */
export interface MatchDocument {
  readonly id: string
  /** Where it stands in the request. */
  readonly index: number
  /** Everything that may be filtered on; a plain text has the one field `text`. */
  readonly fields: Readonly<Record<string, FieldValue>>
  /** A vector made before, instead of text. */
  readonly vector?: Float32Array | undefined
}

/** A row of a collection as a document. */
export function toDocument({
  id,
  index,
  fields,
}: Pick<MatchDocument, 'id' | 'index'> & {
  readonly fields: Readonly<Record<string, unknown>>
}): MatchDocument {
  return { id, index, fields: fields as MatchDocument['fields'] }
}

/** A text of a document with where it was found, so that a part of it can be pointed at. */
export interface FieldText {
  /** `summary`, or `skills[2]` for an item of a list, or `experience[0].title` for a field of one. */
  readonly path: string
  readonly text: string
}

/** The skills of a document: the texts of its list `skills`, however that name is written. */
export function skillsOf({ fields }: MatchDocument): string[] {
  const name = Object.hasOwn(fields, 'skills')
    ? 'skills'
    : Object.keys(fields).find((name) => foldName(name) === 'skills')
  const skills = name === undefined ? undefined : fields[name]
  if (!Array.isArray(skills)) return []
  return skills.filter((item): item is string => typeof item === 'string' && item.trim() !== '')
}

/**
 * Every text of a document in reading order: of one section when `section` is given, and otherwise of all fields
 * that describe. Numbers and booleans are no texts.
 */
export function textsOf(document: MatchDocument, section?: string): FieldText[] {
  const names = section === undefined ? Object.keys(document.fields) : [section]
  return names
    .filter((name) => section !== undefined || describes(name))
    .flatMap((name) => collect(document.fields[name], name))
}

function collect(value: FieldValue | undefined, path: string): FieldText[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : [{ path, text: value }]
  if (Array.isArray(value)) return value.flatMap((item, index) => collect(item, `${path}[${index}]`))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => collect(inner, `${path}.${name}`))
}

/** Whether a document has any text in the section, or anywhere: as {@link textsOf} sees it, without collecting. */
export function hasText(document: MatchDocument, section?: string): boolean {
  if (section !== undefined) return holdsText(document.fields[section])
  return Object.entries(document.fields).some(([name, value]) => describes(name) && holdsText(value))
}

/** Texts as the one that is embedded: a line each. */
export function joinTexts(texts: readonly FieldText[]): string {
  return texts.length === 1 ? texts[0]!.text : texts.map(({ text }) => text).join('\n')
}
