import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { catalogSchemaDocument } from '../../../scripts/models/catalog-schema.ts'
import shipped from '../../../src/models/catalog/catalog.json' with { type: 'json' }
import { parseCatalog } from '../../../src/models/catalog/manifest-file.ts'

const validate = new Ajv({ strict: false }).compile(catalogSchemaDocument())

function isAccepted(catalog: unknown): boolean {
  try {
    parseCatalog(JSON.stringify(catalog), 'a test')
    return true
  } catch {
    return false
  }
}

test('docs/catalog.schema.json is what "npm run models -- schema" prints', () => {
  const committed = readFileSync(join(import.meta.dirname, '../../../docs/catalog.schema.json'), 'utf8')
  expect(JSON.parse(committed)).toEqual(catalogSchemaDocument())
})

test('the schema accepts the shipped catalog', () => {
  expect([validate(shipped), isAccepted(shipped)]).toEqual([true, true])
})

/** Fields of models, deep ones too, as paths. */
const paths = shipped.flatMap((model, index) =>
  Object.entries(model).flatMap(([name, value]) => [
    [index, name],
    ...(Array.isArray(value) && typeof value[0] === 'object'
      ? Object.keys(value[0]).map((inner) => [index, name, 0, inner])
      : []),
  ]),
)
const values = fc.oneof(
  fc.constantFrom('', 'mean', 'float16', '../up', '/root', 'a/b', 'a'.repeat(64), 'b'.repeat(40)),
  fc.constantFrom(0, 1, -1, 1.5, 384, null, true, {}, [], [{}], ['a'], [1], { query: 'q' }, { midpoint: 1 }),
)

test('the schema and the program agree on catalogs with a wrong, a missing or an extra field', () => {
  const verdicts = new Set<boolean>()
  fc.assert(
    fc.property(
      fc.constantFrom(...paths),
      fc.oneof(values, fc.constant(undefined)),
      fc.boolean(),
      (path, value, extra) => {
        const catalog = structuredClone(shipped)
        const holder = path
          .slice(0, -1)
          .reduce((part: unknown, key) => Reflect.get(part as object, key), catalog)
        Reflect.set(holder as object, `${path.at(-1)}${extra ? 'Other' : ''}`, value)
        const written: unknown = JSON.parse(JSON.stringify(catalog))
        const accepted = isAccepted(written)
        verdicts.add(accepted)
        expect(validate(written)).toBe(accepted)
      },
    ),
    { numRuns: 2000 },
  )
  expect(verdicts.size).toBe(2)
})
