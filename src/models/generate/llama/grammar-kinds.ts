import { isRecord } from '../../../is-record.ts'
import { refuseControls } from './grammar-literals.ts'
import { countOf, type GrammarSchema, quoted, refusedSchema, type SchemaParts } from './grammar-parts.ts'

const FORMATS = ['date', 'time', 'date-time']

/** @throws AppError `invalid_request` for a format that no grammar has */
export function stringAlternative({ format, ...lengths }: GrammarSchema): GrammarSchema {
  if (format === undefined) return { type: 'string', ...lengths }
  if (!FORMATS.includes(String(format))) {
    throw refusedSchema(
      `has the format ${quoted(format)}, which this model cannot be held to; remove it, or take ${FORMATS.join(', ')}`,
    )
  }
  if (Object.keys(lengths).length === 0) return { type: 'string', format }
  throw refusedSchema(`has a length beside the format ${quoted(format)}, which has its own; remove it`)
}

/**
 * An object that has every property that is named: one that may be absent may be there as well.
 *
 * @throws AppError `invalid_request` for what no object can have
 */
export function objectAlternative(schema: GrammarSchema, parts: SchemaParts): GrammarSchema {
  const { convert, depth, any } = parts
  const { properties: own = {}, additionalProperties: others, required = [] } = schema
  if (!isRecord(own)) throw refusedSchema(`has properties ${quoted(own)}; expected an object of schemas`)
  if (!Array.isArray(required) || !required.every((name) => typeof name === 'string')) {
    throw refusedSchema(`has required ${quoted(required)}; expected a list of names`)
  }
  const isClosed = others === false
  const other = others === undefined || others === true || isClosed ? any : convert(others, depth)
  const missing = required.filter((name) => !Object.hasOwn(own, name))
  if (isClosed && missing.length > 0) {
    throw refusedSchema(
      `requires ${quoted(missing[0])}, which is none of its properties; name its schema there`,
    )
  }
  const properties = Object.fromEntries([
    ...Object.entries(own).map(([name, one]) => [name, convert(one, depth)] as const),
    ...missing.map((name) => [name, other] as const),
  ])
  for (const name of Object.keys(properties)) refuseControls(name)
  return {
    type: 'object',
    ...boundsOf(schema, properties, isClosed),
    properties,
    ...openOf(schema, properties, other),
  }
}

/** @throws AppError `invalid_request` where the properties are more or fewer than there may be */
function boundsOf(schema: GrammarSchema, properties: object, isClosed: boolean): GrammarSchema {
  const named = Object.keys(properties).length
  const [least = 0, most = named] = [countOf(schema, 'minProperties'), countOf(schema, 'maxProperties')]
  if (most < named) throw refusedSchema(`has ${named} properties and a maxProperties of ${most}; raise it`)
  if (isClosed && least > named) {
    throw refusedSchema(`has ${named} properties, no others, and a minProperties of ${least}; lower it`)
  }
  const { minProperties, maxProperties } = schema
  return {
    ...(minProperties !== undefined && { minProperties }),
    ...(maxProperties !== undefined && { maxProperties }),
  }
}

/** Whether there may be other properties: where that is said, and where without them nothing could be written. */
function openOf(schema: GrammarSchema, properties: object, other: GrammarSchema): GrammarSchema {
  const { additionalProperties: said } = schema
  const named = Object.keys(properties).length
  const isOpen =
    said === undefined ? named === 0 || (countOf(schema, 'minProperties') ?? 0) > named : said !== false
  return isOpen ? { additionalProperties: other } : {}
}

/** @throws AppError `invalid_request` for what no list can have */
export function arrayAlternative(schema: GrammarSchema, { convert, depth }: SchemaParts): GrammarSchema {
  const { items, prefixItems = [] } = schema
  if (!Array.isArray(prefixItems)) {
    throw refusedSchema(`has prefixItems ${quoted(prefixItems)}; expected a list of schemas`)
  }
  const first = prefixItems.length
  const [least = 0, most = items === false ? first : undefined] = [
    countOf(schema, 'minItems'),
    countOf(schema, 'maxItems'),
  ]
  if (most !== undefined && (first > most || least > most)) {
    throw refusedSchema(
      `has a list of ${Math.max(first, least)} items and at most ${most}; raise or lower one of them`,
    )
  }
  return {
    type: 'array',
    ...(first > 0 && { prefixItems: prefixItems.map((one) => convert(one, depth)) }),
    ...(items !== undefined && items !== false && { items: convert(items, depth) }),
    ...(least > 0 && { minItems: least }),
    ...(most !== undefined && { maxItems: most }),
  }
}
