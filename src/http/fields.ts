import * as v from 'valibot'

/**
 * A field that may be left out. `null` stands for absent in every dialect: typed clients (LiteLLM, Java and Go SDKs)
 * send it for what their caller did not set.
 */
export function optional<const TSchema extends v.GenericSchema>(schema: TSchema) {
  return v.nullish(schema, () => undefined)
}

/** As {@link optional}, with the value that stands for an absent one. */
export function defaulted<
  const TSchema extends v.GenericSchema,
  const TValue extends NonNullable<v.InferInput<TSchema>>,
>(schema: TSchema, value: TValue) {
  return v.nullish(schema, value as NonNullable<v.InferInput<TSchema>>)
}

/** The metadata of an object that says what callers of other products call its fields: our name by theirs. */
export const SYNONYMS = 'synonyms'

/** An object, and not the list that Valibot takes for one without fields. */
export function notList<const TSchema extends v.GenericSchema>(schema: TSchema) {
  const list = v.custom<v.InferInput<TSchema>>((value) => !Array.isArray(value), 'an object')
  return v.pipe(list, schema)
}

/** Valibot leaves fields of these names out of records and loose objects without a word: they are refused instead. */
const UNUSABLE = ['__proto__', 'constructor', 'prototype']

/** Whether a value is a text or an object that {@link anyFields} lets pass, its id and vector left aside. */
export function isTextOrFields(value: unknown): value is string | Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return typeof value === 'string'
  return !Array.isArray(value) && !UNUSABLE.some((key) => Object.hasOwn(value, key))
}

/** An object of any fields: no list, and none of the names that would be lost. */
export function anyFields<const TSchema extends v.GenericSchema>(schema: TSchema) {
  const usable = v.rawCheck<v.InferInput<TSchema>>(({ dataset, addIssue }) => {
    if (typeof dataset.value !== 'object' || dataset.value === null) return
    const input = dataset.value as Record<string, unknown>
    for (const key of UNUSABLE) {
      if (!Object.hasOwn(input, key)) continue
      const path = [{ type: 'object', origin: 'key', input, key, value: input[key] }] as const
      addIssue({
        input: input[key],
        message: `another name, since ${key} cannot be told from a part of the language`,
        path: [...path],
      })
    }
  })
  const list = v.custom<v.InferInput<TSchema>>((value) => !Array.isArray(value), 'an object')
  return v.pipe(list, usable, schema)
}

/** Something that is not white space, and no null character. */
const TEXT_PATTERN = '^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$'

/**
 * A text that is refused when it is blank or has a null character: later, under a code or with an offset of its own; the
 * metadata is for OpenAPI.
 */
export const text = v.pipe(v.string(), v.metadata({ minLength: 1, pattern: TEXT_PATTERN }))

const isText = (item: unknown) => typeof item === 'string'

/** A list of {@link text}, refused when it is empty, under the code `empty_input`. */
export const texts = v.pipe(quick(v.array(text), isText), v.metadata({ minItems: 1 }))

/** A name of the catalog: an id, an alias or the repository `owner/name`. */
export const modelName = v.pipe(
  v.string('an id or alias of GET /models'),
  v.minLength(1, 'an id or alias of GET /models'),
  v.description('An id or alias of GET /models, or the repository that a model is from, as owner/name.'),
)

/**
 * A schema of a list, whose items are asked one by one only up to the first that does not fit: Valibot takes 1 µs an item,
 * and a body may have a million.
 */
export function quick<const TSchema extends v.GenericSchema>(
  schema: TSchema,
  fits: (item: unknown) => boolean,
): TSchema {
  const run: TSchema['~run'] = (dataset, config) => {
    const { value } = dataset
    if (!Array.isArray(value)) return schema['~run'](dataset, config)
    const wrong = value.findIndex((item) => !fits(item))
    if (wrong < 0) return { ...dataset, value, typed: true, issues: undefined }
    const found = schema['~run']({ ...dataset, value: value.slice(0, wrong + 1) }, config)
    // What only looks wrong, or is changed by the schema, is for the schema to read as a whole.
    return found.issues ? found : schema['~run']({ ...dataset, value }, config)
  }
  return { ...schema, '~run': run }
}

/** A whole number of at least 0. */
export const count = v.pipe(v.number(), v.integer('a whole number'), v.minValue(0, 'a number of at least 0'))

/** A whole number of at least 1. */
export const positive = v.pipe(
  v.number(),
  v.integer('a whole number'),
  v.minValue(1, 'a number of at least 1'),
)

/** For OpenAPI: one of the fields, and the other one absent or null. */
export const instead = (given: string, other: string) => ({
  required: [given],
  properties: { [given]: { not: { type: 'null' } }, [other]: { type: 'null' } },
})
