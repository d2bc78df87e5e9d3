import { isRecord } from '../../../is-record.ts'
import { arrayAlternative, objectAlternative, stringAlternative } from './grammar-kinds.ts'
import { literalSchema } from './grammar-literals.ts'
import {
  allowedCounts,
  type GrammarSchema,
  quoted,
  refusedSchema,
  type SchemaParts,
} from './grammar-parts.ts'

/** What says nothing that an answer could be held to. */
const WORDS = new Set([
  ...['title', 'description', '$schema', '$id', '$comment', 'examples', 'default'],
  ...['deprecated', 'readOnly', 'writeOnly'],
])
/** Zod's of every integer: no bounds that a model would meet. */
const NO_BOUNDS: Readonly<Record<string, number>> = {
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
}
/** What stands alone: beside it nothing else could be held. */
const ALONE = ['$ref', 'oneOf', 'anyOf', 'allOf']
const LITERALS = ['const', 'enum']
const KINDS = {
  string: ['minLength', 'maxLength', 'format'],
  object: ['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  number: ['format'],
  integer: ['format'],
  boolean: [],
  null: [],
} as const
type Kind = keyof typeof KINDS
/** `format` is left out: it says as little of the kind as it does of a number. */
const TELLING: readonly (readonly [string, Kind])[] = (['object', 'array', 'string'] as const).flatMap(
  (kind) => KINDS[kind].filter((key) => key !== 'format').map((key) => [key, kind] as const),
)
const KNOWN = new Set(['type', '$defs', 'definitions', ...ALONE, ...LITERALS, ...Object.values(KINDS).flat()])
const DEFINITIONS = '#/$defs/'
/** What older drafts call them. */
const OLDER_DEFINITIONS = '#/definitions/'
const ROOT = 'the whole schema'
/** A schema of so many parts makes a grammar of some hundred kilobytes. */
const MOST_PARTS = 500
const MOST_DEPTH = 16
/** Anything: the maker of grammars has no schema for that but this one. */
const ANY: GrammarSchema = Object.freeze({
  $ref: `${DEFINITIONS}any value of JSON`,
  $defs: Object.freeze({
    'any value of JSON': {
      oneOf: [
        { type: ['string', 'number', 'boolean', 'null'] },
        { type: 'array' },
        { type: 'object', additionalProperties: true },
      ],
    },
  }),
})

/**
 * A schema as the maker of grammars takes it. The maker passes over what it does not know, and holds an answer to `null`
 * where no type stands: so everything is said in the form that it holds to, and every answer that ends has the schema.
 * Alternatives of `oneOf` count as those of `anyOf`.
 *
 * @throws AppError `invalid_request` for what an answer could not be held to, or more than it should
 */
export function grammarSchema(schema: Readonly<Record<string, unknown>>): GrammarSchema {
  const { $defs = {}, definitions: older = {}, ...root } = schema
  if (!isRecord($defs) || !isRecord(older)) {
    throw refusedSchema('has $defs that are no object; name a schema in each')
  }
  const twice = Object.keys(older).find((name) => Object.hasOwn($defs, name))
  if (twice !== undefined)
    throw refusedSchema(`defines ${quoted(twice)} in $defs and definitions; rename one`)
  const definitions = { ...older, ...$defs }
  let isWithinItself = false
  const convert = createConverter((name) => {
    isWithinItself ||= name === ROOT
    return name === ROOT || Object.hasOwn(definitions, name)
  })
  const named = Object.entries(definitions).map(([name, one]) => [name, convert(one, 1)] as const)
  const whole = convert(root, 0)
  if (isWithinItself) named.push([ROOT, whole])
  const converted = isWithinItself ? { $ref: `${DEFINITIONS}${ROOT}` } : whole
  if (named.length === 0) return converted
  // A literal or a simple type has no place for definitions, and needs none.
  refuseCircles(new Map(named), converted)
  return {
    ...converted,
    $defs: { ...(isRecord(converted.$defs) && converted.$defs), ...Object.fromEntries(named) },
  }
}

function createConverter(refer: SchemaParts['refer']): SchemaParts['convert'] {
  let parts = 0
  const convert = (value: unknown, depth: number): GrammarSchema => {
    parts += 1
    if (parts > MOST_PARTS || depth > MOST_DEPTH) {
      throw refusedSchema(`has more than ${MOST_PARTS} parts or ${MOST_DEPTH} levels; make it smaller`)
    }
    if (value === true) return ANY
    if (!isRecord(value)) {
      throw refusedSchema(
        `has ${quoted(value)} where a schema is expected; write an object such as {"type":"string"}`,
      )
    }
    const kept = Object.entries(value).filter(([key, one]) => !WORDS.has(key) && one !== NO_BOUNDS[key])
    refuseUnknown(kept)
    return alternativesOf({ ...Object.fromEntries(kept) }, { convert, refer, any: ANY, depth: depth + 1 })
  }
  return convert
}

function alternativesOf(schema: GrammarSchema, parts: SchemaParts): GrammarSchema {
  const alone = ALONE.find((key) => key in schema)
  if (alone !== undefined) return aloneOf(alone, schema, parts)
  const kinds = kindsOf(schema)
  if (LITERALS.some((key) => key in schema)) return literalSchema(schema, kinds)
  if (kinds.length === 0) return ANY
  const alternatives = kinds.map((kind) => alternativeOf(kind, schema, parts))
  return alternatives.length === 1 ? alternatives[0]! : { oneOf: alternatives }
}

function aloneOf(key: string, schema: GrammarSchema, { convert, refer, depth }: SchemaParts): GrammarSchema {
  const beside = Object.keys(schema).find((other) => other !== key)
  if (beside !== undefined) {
    throw refusedSchema(
      `has ${quoted(beside)} beside ${quoted(key)}, of which only one can be held; put it inside`,
    )
  }
  const value = schema[key]
  if (key !== '$ref') {
    if (!Array.isArray(value) || value.length === 0) {
      throw refusedSchema(`has ${key} without alternatives; expected a list of schemas`)
    }
    if (key !== 'allOf') return { oneOf: value.map((one) => convert(one, depth)) }
    if (value.length === 1) return convert(value[0], depth)
    throw refusedSchema('has allOf with several schemas, which cannot be held at once; write them as one')
  }
  const name = definitionOf(value)
  if (name === undefined || !refer(name)) {
    throw refusedSchema(
      `has the $ref ${quoted(value)}; expected ${DEFINITIONS} and a name among the $defs of its root`,
    )
  }
  return { $ref: `${DEFINITIONS}${name}` }
}

function definitionOf(reference: unknown): string | undefined {
  if (reference === '#') return ROOT
  if (typeof reference !== 'string') return undefined
  const begin = [DEFINITIONS, OLDER_DEFINITIONS].find((one) => reference.startsWith(one))
  return begin && reference.slice(begin.length)
}

/** The types that the schema names, or those that its keywords are about. */
function kindsOf(schema: GrammarSchema): readonly Kind[] {
  const { type } = schema
  if (type === undefined) {
    return [...new Set(TELLING.flatMap(([key, kind]) => (key in schema ? [kind] : [])))]
  }
  const types: readonly unknown[] = Array.isArray(type) ? type : [type]
  const kinds = types.filter((one): one is Kind => typeof one === 'string' && Object.hasOwn(KINDS, one))
  if (kinds.length === types.length && kinds.length > 0) return [...new Set(kinds)]
  throw refusedSchema(`has the type ${quoted(type)}; expected ${Object.keys(KINDS).join(', ')}`)
}

function alternativeOf(kind: Kind, schema: GrammarSchema, parts: SchemaParts): GrammarSchema {
  const own: readonly string[] = KINDS[kind]
  const kept = Object.fromEntries(Object.entries(schema).filter(([key]) => own.includes(key)))
  allowedCounts(kept)
  if (kind === 'object') return objectAlternative(kept, parts)
  if (kind === 'array') return arrayAlternative(kept, parts)
  return kind === 'string' ? stringAlternative(kept) : { type: kind }
}

function refuseUnknown(entries: readonly (readonly [string, unknown])[]): void {
  const unknown = entries.find(([key]) => !KNOWN.has(key))
  if (unknown)
    throw refusedSchema(
      `has the keyword ${quoted(unknown[0])}, which this model cannot be held to; remove it`,
    )
  if (entries.some(([key]) => key === '$defs' || key === 'definitions')) {
    throw refusedSchema('has $defs below its root, where no $ref finds them; move them to the root')
  }
}

/** A definition that is itself, by way of references and alternatives alone, has no answer. */
function refuseCircles(definitions: ReadonlyMap<string, GrammarSchema>, root: GrammarSchema): void {
  const done = new Set<string>()
  const visit = ({ $ref, oneOf }: GrammarSchema, path: readonly string[]): void => {
    if (Array.isArray(oneOf)) for (const one of oneOf) visit(one, path)
    if (typeof $ref !== 'string' || $ref === ANY.$ref) return
    const name = $ref.slice(DEFINITIONS.length)
    if (path.includes(name))
      throw refusedSchema(`has the definition ${quoted(name)}, which is nothing but itself`)
    if (done.has(name)) return
    visit(definitions.get(name)!, [...path, name])
    done.add(name)
  }
  for (const [name, one] of definitions) visit(one, [name])
  visit(root, [])
}
