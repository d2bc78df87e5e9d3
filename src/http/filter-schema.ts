import * as v from 'valibot'
import { anyFields, notList, optional, SYNONYMS } from './fields.ts'

/** Most values of one list in a filter. */
const MOST_VALUES = 10_000

const scalar = v.union([v.string(), v.number(), v.boolean()], 'a text, number or boolean')
const values = v.pipe(
  v.array(scalar, 'a list'),
  v.minLength(1, 'at least one value'),
  v.maxLength(MOST_VALUES, `at most ${MOST_VALUES} values`),
)

/** JSON reads 1e999 as infinite: a bound that bounds nothing is a mistake. */
const finite = v.pipe(
  v.number('a number that 64 bits can hold exactly'),
  v.finite('a number that 64 bits can hold'),
)

const place = v.pipe(
  v.strictObject(
    {
      latitude: v.pipe(v.number(), v.minValue(-90, 'degrees from -90'), v.maxValue(90, 'degrees up to 90')),
      longitude: v.pipe(
        v.number(),
        v.minValue(-180, 'degrees from -180'),
        v.maxValue(180, 'degrees up to 180'),
      ),
      kilometres: v.pipe(finite, v.minValue(0, 'a distance of at least 0')),
    },
    'an object with latitude, longitude and kilometres',
  ),
  v.metadata({
    [SYNONYMS]: {
      lat: 'latitude',
      lng: 'longitude',
      lon: 'longitude',
      km: 'kilometres',
      kilometers: 'kilometres',
      radius: 'kilometres',
      distance: 'kilometres',
    },
  }),
)

/** What a field must be like. */
const condition = v.pipe(
  v.strictObject(
    {
      equals: optional(v.pipe(scalar, v.description('The same text, in any case; number or boolean.'))),
      in: optional(v.pipe(values, v.description('One of these values.'))),
      min: optional(v.pipe(finite, v.description('A number of at least this.'))),
      max: optional(v.pipe(finite, v.description('A number of at most this.'))),
      hasAll: optional(v.pipe(values, v.description('A list with all of these values.'))),
      hasAny: optional(v.pipe(values, v.description('A list with one of these values or more.'))),
      within: optional(
        v.pipe(place, v.description('An object with latitude and longitude, no further away than this.')),
      ),
    },
    'an object of operators such as {"equals": "Berlin"} or {"min": 3}',
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    const { min, max } = (dataset.typed ? dataset.value : {}) as {
      min?: number
      max?: number
    }
    if (min === undefined || max === undefined || min <= max) return
    const path = { type: 'object', origin: 'value', input: dataset.value, key: 'max', value: max } as const
    addIssue({ input: max, message: `at least ${min}, as min is`, path: [path as never] })
  }),
  v.description('Every operator that is given must hold; without any, nobody is left out.'),
  v.metadata({
    [SYNONYMS]: {
      eq: 'equals',
      $eq: 'equals',
      equal: 'equals',
      is: 'equals',
      value: 'equals',
      gte: 'min',
      $gte: 'min',
      gt: 'min',
      $gt: 'min',
      from: 'min',
      atLeast: 'min',
      minimum: 'min',
      lte: 'max',
      $lte: 'max',
      lt: 'max',
      $lt: 'max',
      to: 'max',
      atMost: 'max',
      maximum: 'max',
      $in: 'in',
      oneOf: 'in',
      anyOf: 'in',
      contains: 'hasAny',
      any: 'hasAny',
      has_any: 'hasAny',
      all: 'hasAll',
      $all: 'hasAll',
      has_all: 'hasAll',
      containsAll: 'hasAll',
      near: 'within',
      geo: 'within',
      radius: 'within',
      distance: 'within',
    },
  }),
)

/** Conditions by the name of a field. */
export const filters = anyFields(
  v.pipe(
    v.record(v.string(), optional(notList(condition))),
    v.description('By field; candidates that fail are left out with a reason, not lowered.'),
  ),
)
