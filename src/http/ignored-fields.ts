import type * as v from 'valibot'

/** The header that names what of a request was not read. */
export const IGNORED_HEADER = 'x-ignored-fields'

/** Names of fields that a header lists, and the length of each, so that no header grows with the body. */
const MOST_NAMES = 10
const MOST_NAME_LENGTH = 40

/** The parts that a schema may be wrapped in or made of. */
interface Parts {
  readonly wrapped?: v.GenericSchema
  readonly pipe?: readonly unknown[]
  readonly item?: v.GenericSchema
  readonly options?: readonly unknown[]
  readonly entries?: v.ObjectEntries
}

/**
 * The fields of a value that fits the schema, of which the schema knows nothing: `user`, `parameters.user`, and
 * `documents.title` for a field of items of a list, once for all of them. Takes time in proportion to the value.
 */
export function ignoredFields(schema: v.GenericSchema, value: unknown): string[] {
  const found = new Set<string>()
  visit(objectIn(schema), value, '', found)
  return [...found]
}

function visit(schema: Parts | undefined, value: unknown, path: string, found: Set<string>): void {
  if (!schema || typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    const item = schema.item && objectIn(schema.item)
    if (item) for (const inner of value) visit(item, inner, path, found)
    return
  }
  const { entries } = schema
  if (!entries) return
  for (const [name, inner] of Object.entries(value)) {
    const field = path === '' ? name : `${path}.${name}`
    if (Object.hasOwn(entries, name)) visit(objectIn(entries[name] as v.GenericSchema), inner, field, found)
    else found.add(field)
  }
}

/** What a schema says of objects, or of lists of them; nothing where it has none. */
function objectIn(schema: v.GenericSchema): Parts | undefined {
  const { wrapped, pipe, item, options, entries } = schema as v.GenericSchema & Parts
  if (entries) return { entries }
  if (item) return objectIn(item) && { item }
  // The first part of a pipe may be a check of its own.
  const parts = [wrapped, ...(pipe?.slice(1) ?? []), ...(options ?? [])].filter(isSchema)
  const found = parts.flatMap((part) => objectIn(part) ?? [])
  const fields = found.flatMap(({ entries: own }) => (own ? [own] : []))
  // A value that fits one of several objects was read by that one's fields.
  return fields.length > 1 ? { entries: Object.assign({}, ...fields) as v.ObjectEntries } : found[0]
}

function isSchema(part: unknown): part is v.GenericSchema {
  return typeof part === 'object' && part !== null && 'kind' in part && part.kind === 'schema'
}

/** Names for a header: the first of them, in ASCII, and how many more there are. Half an emoji becomes a U+FFFD. */
export function listNames(names: readonly string[]): string {
  const shown = names
    .slice(0, MOST_NAMES)
    .map((name) => encodeURIComponent(name.slice(0, MOST_NAME_LENGTH).toWellFormed()))
  const rest = names.length - shown.length
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')
}
