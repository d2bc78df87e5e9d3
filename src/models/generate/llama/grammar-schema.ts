import { invalid } from '../../../errors.ts'
import { isRecord } from '../../../is-record.ts'

/** What becomes a grammar, and what says nothing that a grammar could hold. */
const KNOWN = new Set([
  'type',
  'enum',
  'const',
  'properties',
  'items',
  'prefixItems',
  'oneOf',
  'anyOf',
  'required',
  'additionalProperties',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
  'format',
  '$ref',
  '$defs',
])
const WORDS = new Set(['title', 'description', '$schema', '$id', 'examples', 'default'])
/** A schema of so many parts makes a grammar of some hundred kilobytes. */
const MOST_PARTS = 500
const MOST_DEPTH = 16
/** A longer text or list is a grammar of as many rules. */
const MOST_REPEATS = 1000
const COUNTS = ['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']
const FIELD = 'response_format'

/**
 * A schema as the grammar's maker takes it: `anyOf` is what it calls `oneOf`, and words are left out.
 *
 * @throws AppError `invalid_request` for a keyword that the grammar could not hold, or more than it should
 */
export function grammarSchema(schema: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let parts = 0
  const convert = (value: unknown, depth: number): unknown => {
    if (!isRecord(value)) return value
    parts += 1
    if (parts > MOST_PARTS || depth > MOST_DEPTH) {
      throw refused(`has more than ${MOST_PARTS} parts or ${MOST_DEPTH} levels; make it smaller`)
    }
    const entries = Object.entries(value).filter(([key]) => !WORDS.has(key))
    refuseUnknown(entries)
    return Object.fromEntries(
      entries.map(([key, part]) => [key === 'anyOf' ? 'oneOf' : key, convertPart(key, part, depth + 1)]),
    )
  }
  const convertPart = (key: string, part: unknown, depth: number): unknown => {
    if (key === 'properties' || key === '$defs') {
      const named = isRecord(part) ? Object.entries(part) : []
      return Object.fromEntries(named.map(([name, one]) => [name, convert(one, depth)]))
    }
    if (key === 'enum' || key === 'const' || key === 'required') return part
    return Array.isArray(part) ? part.map((one) => convert(one, depth)) : convert(part, depth)
  }
  const converted = convert(schema, 0)
  return isRecord(converted) ? converted : {}
}

function refuseUnknown(entries: readonly (readonly [string, unknown])[]): void {
  for (const [key, value] of entries) {
    if (!KNOWN.has(key)) {
      throw refused(
        `has the keyword ${JSON.stringify(key.slice(0, 40))}, which this model cannot be held to; remove it`,
      )
    }
    if (COUNTS.includes(key) && !(Number(value) <= MOST_REPEATS)) {
      throw refused(`has a ${key} beyond ${MOST_REPEATS}; lower it`)
    }
  }
}

function refused(what: string) {
  return invalid(FIELD, `The schema of ${FIELD} ${what}.`)
}
