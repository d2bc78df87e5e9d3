import { isRecord } from '../../../is-record.ts'
import { type GrammarSchema, quoted, refusedSchema } from './grammar-parts.ts'

/**
 * The schema of one of a few values, of which those are left out whose type is another than the schema names.
 *
 * @param kinds the types that the schema names, if any
 * @throws AppError `invalid_request` where no value is left
 */
export function literalSchema(schema: GrammarSchema, kinds: readonly string[]): GrammarSchema {
  const other = Object.keys(schema).find((key) => !['const', 'enum', 'type'].includes(key))
  if (other !== undefined) {
    throw refusedSchema(`has ${quoted(other)} beside the values that are allowed; remove one of them`)
  }
  const values: unknown = 'enum' in schema ? schema.enum : [schema.const]
  if (!Array.isArray(values)) throw refusedSchema(`has the enum ${quoted(values)}; expected a list`)
  const allowed = values.filter(
    (value) => (!('const' in schema) || isSame(value, schema.const)) && isOfKind(value, kinds),
  )
  if (allowed.length === 0) throw refusedSchema('allows no value in enum or const; name one of its type')
  const simple = allowed.filter((value) => typeof value !== 'object' || value === null)
  for (const value of simple) refuseControls(value)
  const schemas = allowed.filter((value) => !simple.includes(value)).map(exactly)
  if (simple.length > 0) schemas.unshift({ enum: simple })
  return schemas.length === 1 ? schemas[0]! : { oneOf: schemas }
}

/** The schema that one value alone has. */
function exactly(value: unknown): GrammarSchema {
  if (Array.isArray(value)) {
    const items = value.length > 0 ? { prefixItems: value.map(exactly) } : {}
    return { type: 'array', ...items, maxItems: value.length }
  }
  if (!isRecord(value)) {
    refuseControls(value)
    return { enum: [value] }
  }
  const entries = Object.entries(value)
  for (const [key] of entries) refuseControls(key)
  return { type: 'object', properties: Object.fromEntries(entries.map(([key, one]) => [key, exactly(one)])) }
}

/**
 * The maker of grammars writes these as they are, which no JSON may have in a text.
 *
 * @throws AppError `invalid_request`
 */
export function refuseControls(value: unknown): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (typeof value !== 'string' || !/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(value)) return
  throw refusedSchema(`has the text ${quoted(value)} with control characters, which no answer can have`)
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function isOfKind(value: unknown, kinds: readonly string[]): boolean {
  if (kinds.length === 0) return true
  if (value === null) return kinds.includes('null')
  if (Array.isArray(value)) return kinds.includes('array')
  return kinds.includes(typeof value) || (kinds.includes('integer') && Number.isInteger(value))
}
