import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gatherFields, judgeSummary } from '../../src/collections/s3vectors/field-summary.ts'
import { planFilter } from '../../src/collections/s3vectors/filter.ts'
import {
  facetsOf,
  isLive,
  keysOf,
  NEVER,
  numbersOf,
  toVector,
  WIDE,
} from '../../src/collections/s3vectors/metadata.ts'
import { newIndexName, parseS3Vectors } from '../../src/collections/s3vectors/place.ts'
import { translate } from '../../src/collections/s3vectors/problems.ts'
import { AppError } from '../../src/errors.ts'
import { collectionModel } from '../support/collections.ts'
import { keepsMetadata } from '../support/fake-s3vectors-filter.ts'

const entry = {
  version: 3,
  index: 'jobs-1',
  rows: 5,
  model: collectionModel(2),
  ...{ visible: 4, started: 4, broken: [2], next: 9, wide: 0, fields: {}, changedAt: 0 },
}
const rules = {
  hidden: ['r', 'p'],
  refuse: (message: string): never => {
    throw new Error(message)
  },
}
/** Whether the service gives a row with these fields, written by a change that counts. */
const gives = (fields: object, conditions: Parameters<typeof planFilter>[0], of = entry) => {
  const metadata = { ...facetsOf(fields as Record<string, unknown>), v: 1, x: NEVER }
  return keepsMetadata(metadata, planFilter(conditions, of).filter, rules)
}

describe('the place of a vector bucket', () => {
  it('is read, and its indexes have names that the service takes', () => {
    const place = parseS3Vectors('s3vectors://people/job-ads.1')
    expect(place).toEqual({ bucket: 'people', index: 'job-ads.1' })
    const longest = parseS3Vectors(`s3vectors://people/${'a'.repeat(32)}`)
    for (const where of [place, longest])
      expect(newIndexName(where, '简历 of nobody')).toMatch(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
  })

  it.each([
    's3vectors://people',
    's3vectors:///jobs',
    's3vectors://People/jobs',
    's3vectors://people/jobs/more',
    `s3vectors://people/${'a'.repeat(33)}`,
  ])('%s is refused in a sentence that says what is expected', (text) => {
    expect(() => parseS3Vectors(text)).toThrow('expected s3vectors://bucket/index')
  })
})

describe('a row as the service keeps it', () => {
  const write = (row: { id?: string; fields?: object; vector?: Float32Array }) =>
    toVector(
      { id: 'a', fields: {}, vector: Float32Array.of(1, 0), ...row } as Parameters<typeof toVector>[0],
      { key: 'a:a', place: 7, since: 4 },
    )

  it('has its numbers as short as float32 can be written, and the same when they come back', () => {
    expect(numbersOf(Float32Array.of(0.1))).toEqual([0.100000001])
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(numbersOf(Float32Array.of(value))[0]!)).toBe(
          value === 0 ? numbersOf(Float32Array.of(value))[0] : value,
        )
      }),
    )
  })

  it('has all of its fields, and of the filters what the limits take', () => {
    const { metadata } = write({ fields: { city: 'Berlin', years: 7, at: { latitude: 1, longitude: 2 } } })
    expect(metadata).toMatchObject({ r: expect.stringContaining('"city":"Berlin"'), p: 7, v: 4, x: NEVER })
    expect(Object.values(metadata)).toContain(7)
    const many = write({ fields: { skills: Array.from({ length: 500 }, (_, skill) => `skill ${skill}`) } })
    expect(many.metadata.t).toEqual([WIDE])
    const numbers = Object.fromEntries(Array.from({ length: 60 }, (_, field) => [`f${field}`, field]))
    expect(write({ fields: numbers }).metadata.t).toEqual([WIDE])
  })

  it('is refused in a sentence when its fields or its id are too long', () => {
    expect(() => write({ fields: { text: '简'.repeat(14_000) } })).toThrow(
      /take 42\d+ bytes; Amazon S3 Vectors keeps 40000/,
    )
    expect(() => keysOf('é'.repeat(501))).toThrow('has 1002 bytes')
  })

  it.each([
    ['written by a change that counts', { v: 4, x: NEVER }, true],
    ['written by a change that was broken off', { v: 2, x: NEVER }, false],
    ['written by a change that is not finished', { v: 5, x: NEVER }, false],
    ['taken out by a change that counts', { v: 1, x: 3 }, false],
    ['taken out by a change that was broken off', { v: 1, x: 2 }, true],
    ['taken out by a change that is not finished', { v: 1, x: 5 }, true],
  ])('%s counts, or does not', (_, metadata, counts) => {
    expect(isLive(metadata, entry)).toBe(counts)
    expect(keepsMetadata(metadata, planFilter({}, entry).filter, rules)).toBe(counts)
  })
})

describe('a filter as one of the service', () => {
  it.each([
    ['within', { within: { latitude: 52.5, longitude: 13.4, kilometres: 10 } }],
    ['digits beyond 2^53', { min: 9007199254740992 }],
    ['all of nothing', { hasAll: [] }],
  ])('%s is judged again when rows have been found', (_, condition) => {
    expect(planFilter({ field: condition }, entry).whole).toBe(false)
    expect(planFilter({ field: { equals: 'x', min: 1 } }, entry).whole).toBe(true)
  })

  it('asks nothing where no row can fit', () => {
    expect(planFilter({ city: { in: [] } }, entry).none).toBe(true)
    expect(planFilter({ city: { hasAny: [] } }, entry).none).toBe(true)
    expect(planFilter({ city: { hasAll: [] } }, entry).none).toBe(false)
  })

  it('leaves out what is beyond a hundred comparisons, and stays wide enough', () => {
    const many = Array.from({ length: 60 }, (_, city) => `city ${city}`)
    const conditions = { city: { in: many }, years: { min: 5 } }
    expect(planFilter(conditions, entry).whole).toBe(false)
    expect(gives({ city: 'city 7', years: 6 }, conditions)).toBe(true)
    expect(gives({ city: 'nowhere', years: 6 }, conditions)).toBe(true)
    expect(gives({ city: 'city 7', years: 4 }, conditions)).toBe(false)
  })

  it('gives rows whose values did not fit, whatever is asked', () => {
    const wide = { skills: Array.from({ length: 500 }, (_, skill) => skill) }
    expect(gives(wide, { skills: { hasAll: [3] } }, { ...entry, wide: 1 })).toBe(true)
    expect(gives({ skills: [3] }, { skills: { hasAll: [3] } }, { ...entry, wide: 1 })).toBe(true)
    expect(gives({ skills: [4] }, { skills: { hasAll: [3] } }, { ...entry, wide: 1 })).toBe(false)
  })

  it('gives every row within a circle, also near the poles and the date line', () => {
    const latitude = fc.double({ min: -90, max: 90, noNaN: true })
    const longitude = fc.double({ min: -180, max: 180, noNaN: true })
    const near = fc.double({ min: -1, max: 1, noNaN: true })
    fc.assert(
      fc.property(
        latitude,
        longitude,
        near,
        near,
        fc.integer({ min: 1, max: 21_000 }),
        (north, east, up, side, kilometres) => {
          const degrees = kilometres / 111
          const row = {
            latitude: Math.max(-90, Math.min(90, north + up * degrees)),
            longitude: Math.max(-180, Math.min(180, east + side * degrees * 3)),
          }
          const [a, b] = [north, row.latitude].map((value) => (value * Math.PI) / 180) as [number, number]
          const half =
            Math.sin((b - a) / 2) ** 2 +
            Math.cos(a) * Math.cos(b) * Math.sin(((row.longitude - east) * Math.PI) / 360) ** 2
          const inside = 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(half))) <= kilometres
          const within = { latitude: north, longitude: east, kilometres }
          if (inside) expect(gives({ at: row }, { at: { within } })).toBe(true)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('what is known of the fields of all rows', () => {
  it('is one row for each kind of value, for the sentences about filters', () => {
    const rows = [
      { city: 'Berlin', years: 1 },
      { years: 'seven', at: { latitude: 1, longitude: 1 } },
      { none: null },
    ]
    const gathered = gatherFields({})
    for (const row of rows) gathered.add(row)
    const summary = gathered.summary()
    expect(summary).toEqual({ city: 'o', years: 'no', at: 'p', none: '' })
    const judged: object[] = []
    judgeSummary(summary, { key: '', keeps: (fields) => judged.push(fields) > 0 })
    expect(judged).toHaveLength(6)
    expect(judged).toContainEqual({ none: null })
  })

  it('is given up when there are more names than an entry keeps', () => {
    const fields = Object.fromEntries(Array.from({ length: 3000 }, (_, field) => [`field ${field}`, 1]))
    const gathered = gatherFields({ city: 'o' })
    gathered.add(fields)
    expect(gathered.summary()).toBeUndefined()
    const further = gatherFields(undefined)
    further.add({ city: 'Berlin' })
    expect(further.summary()).toBeUndefined()
    const judged: object[] = []
    judgeSummary(undefined, { key: '', keeps: (row) => judged.push(row) > 0 })
    expect(judged).toEqual([])
  })
})

describe('the error of the service', () => {
  const of = (name: string, more: object = {}) =>
    translate(Object.assign(new Error('as the service says'), { name }, more), 'people')

  it.each([
    ['TooManyRequestsException', 'upstream_failed', 'asked too often'],
    ['AccessDeniedException', 'internal', 'does not let this program'],
    ['NotFoundException', 'internal', 'create-vector-bucket'],
    ['ServiceQuotaExceededException', 'internal', 'is full'],
    ['KmsDisabledException', 'internal', 'cannot use its key'],
    ['ValidationException', 'internal', 'refused a request'],
    ['CredentialsProviderError', 'internal', 'give credentials'],
    ['ServiceUnavailableException', 'upstream_failed', 'did not answer'],
    ['ECONNREFUSED', 'upstream_failed', 'did not answer'],
    ['Unheard', 'internal', 'failed'],
  ])('%s is %s, in one sentence that names the bucket', (name, code, words) => {
    const error = of(name)
    expect(error.code).toBe(code)
    expect(error.message).toContain('people')
    expect(error.message).toContain(words)
    expect(error.message).toMatch(/^[^\n]+\.$/)
  })

  it('is tried again by its status, and says that the service was overloaded after the last try', () => {
    expect(of('Unheard', { $metadata: { httpStatusCode: 503 } }).code).toBe('upstream_failed')
    expect(translate(of('TooManyRequestsException'), 'people', { last: true }).code).toBe('overloaded')
    const known = new AppError('invalid_request', 'Known.')
    expect(translate(known, 'people', { last: true })).toBe(known)
    expect(translate('no error', 'people').code).toBe('internal')
  })
})
