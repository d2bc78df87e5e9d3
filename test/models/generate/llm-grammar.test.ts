import fc from 'fast-check'
import { expect, test } from 'vitest'
import { grammarSchema } from '../../../src/models/generate/llama/grammar-schema.ts'
import { createJsonEnd } from '../../../src/models/generate/llama/json-end.ts'

const any = grammarSchema({})

test('a schema becomes what the maker of grammars takes, without its words', () => {
  const schema = {
    title: 'Verdict',
    type: 'object',
    properties: {
      title: { anyOf: [{ type: 'string', description: 'x' }, { type: 'null' }] },
      list: { type: 'array', items: { enum: ['a'] } },
    },
    required: ['title'],
  }
  expect(grammarSchema(schema)).toEqual({
    type: 'object',
    properties: {
      title: { oneOf: [{ type: 'string' }, { type: 'null' }] },
      list: { type: 'array', items: { enum: ['a'] } },
    },
  })
})

test.each<[string, object, object]>([
  ['an object of whatever properties', { type: 'object' }, { properties: {}, additionalProperties: any }],
  ['a property that is required and nowhere named', { required: ['a'] }, { properties: { a: any } }],
  [
    'one that has the schema of others',
    { type: 'object', required: ['a'], additionalProperties: { type: 'null' } },
    { properties: { a: { type: 'null' } }, additionalProperties: { type: 'null' } },
  ],
  [
    'more properties than are named',
    { properties: { a: {} }, minProperties: 2 },
    { properties: { a: any }, additionalProperties: any, minProperties: 2 },
  ],
  ['no others', { properties: {}, additionalProperties: false }, { properties: {} }],
  ['a list of anything', { type: 'array', items: true }, { type: 'array', items: any }],
  [
    'a list of two things alone',
    { prefixItems: [{ type: 'null' }], items: false },
    { type: 'array', prefixItems: [{ type: 'null' }], maxItems: 1 },
  ],
  [
    'a list or nothing',
    { type: ['array', 'null'], minItems: 1, items: { type: 'boolean' } },
    { oneOf: [{ type: 'array', minItems: 1, items: { type: 'boolean' } }, { type: 'null' }] },
  ],
  ['a text by its length alone', { minLength: 2 }, { type: 'string', minLength: 2 }],
  ['a number whatever its format', { type: 'integer', format: 'int32' }, { type: 'integer' }],
  ['values of the type alone', { type: 'string', enum: ['a', 1, null] }, { enum: ['a'] }],
  ['a whole number as a value', { type: 'integer', enum: [1, 1.5] }, { enum: [1] }],
  [
    'values that are objects and lists',
    { enum: ['a', { b: [1] }, []] },
    {
      oneOf: [
        { enum: ['a'] },
        {
          type: 'object',
          properties: { b: { type: 'array', prefixItems: [{ enum: [1] }], maxItems: 1 } },
        },
        { type: 'array', maxItems: 0 },
      ],
    },
  ],
  [
    'any integer of Zod',
    { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991, readOnly: true },
    { type: 'integer' },
  ],
  ['one schema in allOf', { allOf: [{ type: 'null' }] }, { type: 'null' }],
])('holds an answer to %s', (_, schema, expected) => {
  expect(grammarSchema({ ...schema })).toMatchObject(expected)
})

test('an object that is closed has no other properties', () => {
  expect(grammarSchema({ properties: { a: { type: 'null' } } })).not.toHaveProperty('additionalProperties')
  expect(grammarSchema({ properties: {}, additionalProperties: false })).not.toHaveProperty(
    'additionalProperties',
  )
})

test('references lead to the definitions of the root', () => {
  const schema = {
    $defs: {
      Node: { type: 'object', properties: { next: { anyOf: [{ $ref: '#/$defs/Node' }, { type: 'null' }] } } },
    },
    $ref: '#/$defs/Node',
  }
  expect(grammarSchema(schema)).toEqual({
    $ref: '#/$defs/Node',
    $defs: {
      Node: { type: 'object', properties: { next: { oneOf: [{ $ref: '#/$defs/Node' }, { type: 'null' }] } } },
    },
  })
})

test('a schema may stand within itself, as a tree of Zod does', () => {
  const node = (next: string) => ({
    type: 'object',
    properties: { next: { anyOf: [{ $ref: next }, { type: 'null' }] } },
  })
  const inside = { oneOf: [{ $ref: '#/$defs/the whole schema' }, { type: 'null' }] }
  expect(grammarSchema(node('#'))).toEqual({
    $ref: '#/$defs/the whole schema',
    $defs: { 'the whole schema': { type: 'object', properties: { next: inside } } },
  })
})

test('definitions of older drafts are definitions', () => {
  expect(grammarSchema({ definitions: { A: { type: 'null' } }, $ref: '#/definitions/A' })).toEqual({
    $ref: '#/$defs/A',
    $defs: { A: { type: 'null' } },
  })
})

const nested = (depth: number): object => (depth === 0 ? {} : { type: 'array', items: nested(depth - 1) })
const loop = (one: object) => ({ $defs: { A: one }, $ref: '#/$defs/A' })
test.each<[string, object, RegExp]>([
  ['a keyword that a grammar cannot hold', { type: 'string', pattern: '^a' }, /keyword "pattern".*remove it/],
  ['too many levels', nested(30), /16 levels/],
  ['a count beyond reason', { type: 'array', minItems: 1e9 }, /minItems of 1000000000; .*at most 1000/],
  ['a count that is none', { type: 'string', maxLength: -1 }, /maxLength of -1; expected a whole number/],
  [
    'a least above the most',
    { type: 'string', minLength: 3, maxLength: 2 },
    /minLength of 3 above its maxLength of 2/,
  ],
  ['too many parts', { oneOf: Array(600).fill({ type: 'null' }) }, /500 parts/],
  ['a type that is none', { type: 'strin' }, /the type "strin"; expected string, object/],
  ['no type in a list', { type: [] }, /the type \[\]/],
  ['a schema that is none', { type: 'array', items: 'string' }, /"string" where a schema is expected/],
  ['what allows nothing', { properties: { a: false } }, /false where a schema is expected/],
  ['a reference to nowhere', { $ref: '#/definitions/a' }, /\$ref "#\/definitions\/a"; expected #\/\$defs\//],
  ['definitions below the root', { items: { $defs: {} } }, /\$defs below its root/],
  [
    'a name that is defined twice',
    { $defs: { A: {} }, definitions: { A: {} } },
    /"A" in \$defs and definitions/,
  ],
  ['definitions that are none', { $defs: [] }, /\$defs that are no object/],
  [
    'a definition that is itself',
    loop({ anyOf: [{ type: 'null' }, { $ref: '#/$defs/A' }] }),
    /nothing but itself/,
  ],
  ['a schema that is itself', { $ref: '#' }, /nothing but itself/],
  ['a bound', { type: 'integer', minimum: 1 }, /keyword "minimum"/],
  ['something beside alternatives', { anyOf: [{}], type: 'object' }, /"type" beside "anyOf"/],
  ['no alternatives', { oneOf: [] }, /oneOf without alternatives/],
  ['several schemas at once', { allOf: [{}, {}] }, /allOf with several/],
  ['values of another type', { type: 'string', enum: [1] }, /no value in enum/],
  ['values that are no list', { enum: 'a' }, /the enum "a"/],
  ['a length beside values', { enum: ['a'], maxLength: 3 }, /"maxLength" beside the values/],
  ['control characters in a value', { const: 'a\u0001' }, /control characters/],
  ['control characters in a name', { properties: { 'a\u0001': {} } }, /control characters/],
  [
    'a format that no grammar has',
    { type: 'string', format: 'email' },
    /format "email".*date, time, date-time/,
  ],
  ['a length beside a format', { type: 'string', format: 'date', maxLength: 3 }, /length beside the format/],
  ['properties that are none', { type: 'object', properties: [] }, /properties \[\]/],
  ['required that is no list', { required: 'a' }, /required "a"/],
  [
    'a property that is required and forbidden',
    { required: ['a'], additionalProperties: false },
    /requires "a"/,
  ],
  [
    'too few properties',
    { properties: { a: {} }, maxProperties: 0 },
    /1 properties and a maxProperties of 0/,
  ],
  [
    'too many properties',
    { properties: { a: {} }, additionalProperties: false, minProperties: 2 },
    /1 properties, no others, and a minProperties of 2/,
  ],
  ['first items that are none', { prefixItems: {} }, /prefixItems \{\}/],
  ['more first items than items', { prefixItems: [{}, {}], maxItems: 1 }, /list of 2 items and at most 1/],
])('refuses a schema with %s', (_, schema, message) => {
  expect(() => grammarSchema({ ...schema })).toThrow(message)
})

test('finds the end of any JSON value, wherever its text is cut', () => {
  fc.assert(
    fc.property(fc.json(), fc.array(fc.nat(200)), (json, cuts) => {
      const text = `${json}\n\n\n\n{"more":1}`
      const end = createJsonEnd()
      const places = [
        0,
        ...cuts.map((cut) => cut % text.length).sort((one, other) => one - other),
        text.length,
      ]
      let read = ''
      for (const [index, to] of places.slice(1).entries()) {
        const told = end(text.slice(places[index], to))
        read += told.text
        if (told.ended) break
      }
      expect(read).toBe(json)
    }),
  )
})

test('has no end in a value that was cut', () => {
  for (const text of ['{"a": [1, "]}"', '"a\\"', '12', 'tru', '[']) {
    expect(createJsonEnd()(text)).toEqual({ text, ended: false })
  }
})
