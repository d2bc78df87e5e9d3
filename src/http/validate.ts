import * as v from 'valibot'
import { invalid } from '../errors.ts'
import { foldName } from '../formats/column-names.ts'
import { didYouMean } from '../nearest.ts'
import { SYNONYMS } from './fields.ts'
import { IGNORED_HEADER, ignoredFields, listNames } from './ignored-fields.ts'
import type { Call } from './route.ts'

/** A schema of an object, whose fields can be named in an error. */
type ObjectSchema = v.GenericSchema & { readonly entries: v.ObjectEntries }

/**
 * The value, when it has the schema's shape.
 *
 * @throws AppError `invalid_request` that names the first wrong field, what it should be and what it is
 */
export function validate<const TSchema extends ObjectSchema>(
  schema: TSchema,
  value: unknown,
): v.InferOutput<TSchema> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const fields = Object.keys(schema.entries).join(', ')
    throw invalid('body', `The body is ${describe(value)}; expected an object of the fields ${fields}.`)
  }
  const result = v.safeParse(schema, value, { abortPipeEarly: true })
  if (result.success) return result.output
  const { path, issue } = deepest([], result.issues[0])
  throw invalid(nameOf(path), explain(path, issue, schema))
}

/**
 * As {@link validate}, for bodies of other products, whose clients send more than is served here. The header
 * `x-ignored-fields` of the answer names the fields that the schema does not know, at any depth.
 *
 * @throws AppError as {@link validate} does
 */
export function validateTolerantly<const TSchema extends ObjectSchema>(
  schema: TSchema,
  value: unknown,
  { addHeader }: Pick<Call, 'addHeader'>,
): v.InferOutput<TSchema> {
  const output = validate(schema, value)
  const ignored = ignoredFields(schema, value)
  if (ignored.length > 0) addHeader(IGNORED_HEADER, listNames(ignored))
  return output
}

type Path = readonly (string | number)[]

/** Follows a union into the option that understood most of the value: the wrong item rather than the list. */
function deepest(outer: Path, issue: v.BaseIssue<unknown>): { path: Path; issue: v.BaseIssue<unknown> } {
  const path = [...outer, ...(issue.path ?? []).map(({ key }) => key as string | number)]
  const inner = (issue.type === 'union' ? (issue.issues ?? []) : []).map((option) => deepest(path, option))
  return inner.reduce((best, option) => (option.path.length > best.path.length ? option : best), {
    path,
    issue,
  })
}

function nameOf(path: Path): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === 'number') return `${name}[${key}]`
    return name === '' ? key.slice(0, 100) : `${name}.${key.slice(0, 100)}`
  }, '')
}

function explain(path: Path, issue: v.BaseIssue<unknown>, schema: ObjectSchema): string {
  const field = nameOf(path)
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const { known, synonyms } = ownerOf(schema, path.slice(0, -1))
    if (known.length === 0) return `The field ${field} is unknown; correct or remove it.`
    return `The field ${field} is unknown; expected ${known.join(', ')}${suggest(String(path.at(-1)), known, synonyms)}`
  }
  const missing = issue.input === undefined ? missingIssue(field, issue, schema.entries) : undefined
  if (missing) {
    const alike = alikeOf(issue)
    const remedy = alike === undefined ? 'add it' : `the body calls it ${alike}; rename that`
    const expected = expectedOf(missing)
    // Of a field within another one Valibot expects its name.
    const what = expected === JSON.stringify(path.at(-1)) ? '' : ` expected ${expected};`
    return `The field ${field} is missing;${what} ${remedy}.`
  }
  return `The field ${field} is ${describe(issue.input)}; expected ${expectedOf(issue)}; correct or remove it.`
}

function suggest(name: string, known: readonly string[], synonyms: Readonly<Record<string, string>>): string {
  const meant = Object.hasOwn(synonyms, name) ? synonyms[name] : undefined
  return meant ? `; did you mean "${meant}"?` : didYouMean(name, known) || '; remove it.'
}

/** The parts that a schema may be wrapped in or made of. */
interface Parts {
  readonly wrapped?: v.GenericSchema
  readonly pipe?: readonly { readonly kind: string }[]
  readonly item?: v.GenericSchema
  readonly value?: v.GenericSchema
  readonly options?: readonly v.GenericSchema[]
  readonly entries?: v.ObjectEntries
}

/** The fields of the object at a path of a schema, none where it has any; and what else they are called. */
function ownerOf(schema: v.GenericSchema, path: Path): { known: string[]; synonyms: Record<string, string> } {
  const { wrapped, pipe, item, value, options, entries } = schema as v.GenericSchema & Parts
  const inner = wrapped ?? pipe?.slice(1).find((part) => part.kind === 'schema')
  if (inner) return ownerOf(inner as v.GenericSchema, path)
  for (const option of options ?? []) {
    const owner = typeof option === 'object' ? ownerOf(option, path) : NOBODY
    if (owner.known.length > 0) return owner
  }
  const [key, ...rest] = path
  if (key === undefined) {
    return { known: Object.keys(entries ?? {}), synonyms: synonymsOf(schema) }
  }
  const next = item ?? value ?? (entries && Object.hasOwn(entries, key) ? entries[key] : undefined)
  return next ? ownerOf(next as v.GenericSchema, rest) : NOBODY
}

/** Our names by those of other products, which a schema may give as metadata. */
function synonymsOf(schema: v.GenericSchema): Record<string, string> {
  return (
    (v.getMetadata(schema) as Record<typeof SYNONYMS, Record<string, string> | undefined>)[SYNONYMS] ?? {}
  )
}

const NOBODY = { known: [], synonyms: {} }

/** What the schema says of a field that is not there; of one within another, the issue itself knows. */
function missingIssue(
  field: string,
  issue: v.BaseIssue<unknown>,
  entries: v.ObjectEntries,
): v.BaseIssue<unknown> | undefined {
  const schema = Object.hasOwn(entries, field) ? entries[field] : undefined
  return schema ? v.safeParse(schema, undefined).issues?.[0] : issue
}

/** What the object calls a missing field that differs in case, width or white space alone. */
function alikeOf({ path }: v.BaseIssue<unknown>): string | undefined {
  const last = path?.at(-1)
  if (!last || typeof last.input !== 'object' || last.input === null || Array.isArray(last.input))
    return undefined
  const wanted = foldName(String(last.key))
  const alike = Object.keys(last.input).find((name) => foldName(name) === wanted)
  return alike === undefined ? undefined : JSON.stringify(alike.slice(0, 60))
}

/** Valibot's own messages only repeat what is expected; ours say it in words. */
function expectedOf({ expected, message }: v.BaseIssue<unknown>): string {
  if (!message.startsWith('Invalid ')) return message
  return expected === 'Object' ? 'an object' : expected === 'Array' ? 'a list' : expected!
}

/** A value without its content, which may be private and long. */
function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'string') {
    return value.length <= 20 ? `"${value}"` : `a text of ${value.length} characters`
  }
  return typeof value === 'object' ? 'an object' : String(value)
}
