import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Generator } from '../../src/models/generate/generator.ts'
import { openGenerator } from '../../src/models/generate/open.ts'
import { because } from '../support/because.ts'
import { type Bundles, bundleLlamaProgram } from '../support/bundles.ts'
import { answerOf } from '../support/describe-generator.ts'
import { generatorParts, ggufManifestOf, runtimeAbsent } from '../support/llm.ts'

const qwen = join(import.meta.dirname, '..', 'fixtures', 'llm', 'random-qwen3.gguf')
const MOST_TOKENS = 150

const name = fc.constantFrom('a', 'years', 'name "in" \\quotes\\', '技能', 'x\ny\tz', '😀')
const value = fc.oneof(
  fc.constantFrom<unknown>('yes', '护士', null, true, 3, -1.5, 1e30, 'a"b\\c\n'),
  fc.jsonValue(),
)
const count = fc.nat(3)
/** Schemas of what a grammar holds, whose counts and names go together. */
const { schema } = fc.letrec<{ schema: object }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<object>(
      {},
      { type: 'boolean' },
      { type: 'integer' },
      { type: ['number', 'null'] },
      { type: 'string' },
    ),
    fc.constantFrom<object>({ type: 'object' }, { type: 'array' }, { type: 'string', format: 'date-time' }),
    fc.record({ enum: fc.array(value, { minLength: 1, maxLength: 3 }) }),
    fc
      .tuple(count, count)
      .map(([least, more]) => ({ type: 'string', minLength: least, maxLength: least + more })),
    fc
      .tuple(tie('schema'), count, count)
      .map(([items, least, more]) => ({ type: 'array', items, minItems: least, maxItems: least + more })),
    fc.tuple(tie('schema'), tie('schema')).map(([first, second]) => ({ anyOf: [first, second] })),
    fc
      .array(tie('schema'), { minLength: 1, maxLength: 3 })
      .map((prefixItems) => ({ prefixItems, items: false })),
    fc
      .tuple(fc.dictionary(name, tie('schema'), { maxKeys: 3 }), fc.uniqueArray(name, { maxLength: 2 }))
      .map(([properties, required]) => ({ type: 'object', properties, required })),
    fc.record({
      type: fc.constant('object'),
      additionalProperties: tie('schema'),
      minProperties: fc.constant(1),
    }),
  ),
}))

const title = `an answer of a model that knows nothing, held to a schema${because(runtimeAbsent)}`
describe.skipIf(runtimeAbsent)(title, () => {
  let program: Bundles
  let generator: Generator
  beforeAll(async () => {
    program = await bundleLlamaProgram()
    const parts = generatorParts(qwen, program.path('llama.js'), { contextTokens: 256 })
    generator = await openGenerator(ggufManifestOf(qwen), parts)
  })
  afterAll(async () => {
    await generator?.close()
    program.remove()
  })

  it('has that schema, by other code than the grammar, whenever it comes to an end', async () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    let ended = 0
    await fc.assert(
      fc.asyncProperty(schema, fc.nat(1000), async (asked, seed) => {
        const options = { maxTokens: MOST_TOKENS, temperature: 1, topP: 1, seed, schema: { ...asked } }
        const { text, finish } = await answerOf(generator, [{ role: 'user', content: 'x' }], options)
        // Random weights also say bytes that are no UTF-8, which a grammar counts in its own way.
        if (finish.reason !== 'stop' || text.includes('\uFFFD')) return
        ended += 1
        expect(text).toBe(text.trim())
        const check = ajv.compile(asked)
        expect([check(JSON.parse(text)), check.errors]).toEqual([true, null])
      }),
      { numRuns: 60 },
    )
    expect(ended).toBeGreaterThan(20)
  }, 300_000)
})
