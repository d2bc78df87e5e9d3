import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { findRecordPlaces } from '../../src/formats/open-records.ts'
import { BEGINNING, fieldsOf, layoutOf, problemsOf, readAll, sourceOf } from '../support/record-readers.ts'

/** Values as elements of a list or one behind the other, with white space of any kind between. */
const anyJson = fc
  .record({
    values: fc.array(fc.oneof(fc.jsonValue(), fc.record({ text: fc.string() })), { maxLength: 8 }),
    list: fc.boolean(),
    indent: fc.constantFrom(undefined, 1),
    space: fc.constantFrom('', '\n', '\r\n', '\r', ' \t'),
  })
  .map(({ values, list, indent, space }) => {
    // Outside of a list there are objects alone: a word would run into the next.
    const shown = list ? values : values.map((value) => ({ value }))
    const texts = shown.map((value) => `${JSON.stringify(value, undefined, indent)}${space}`)
    const text = list ? `${space}[${space}${texts.join(`,${space}`)}]${space}` : `\n${texts.join('')}`
    return { values: shown, text }
  })

describe('JSON that is a list or goes over lines', () => {
  it('has each value as a record, however it comes, packed or not, and from any of them on', async () => {
    await fc.assert(
      fc.asyncProperty(anyJson, fc.integer({ min: 1, max: 30 }), fc.nat(), async (json, chunkBytes, pick) => {
        const { values, text } = json
        const whole = await readAll('json', text, { chunkBytes: 1000 })
        expect(whole.map(({ fields }) => fields)).toEqual(values.map(asFields))
        expect(await readAll('json', text, { chunkBytes })).toEqual(whole)
        const packed = { chunkBytes, compression: 'gzip' } as const
        expect(await readAll('json', gzipSync(text), packed)).toEqual(whole)
        const { start, index, line } = whole[pick % Math.max(1, whole.length)] ?? BEGINNING
        const from = { start, index, line }
        expect(await readAll('json', text, { from, chunkBytes })).toEqual(whole.slice(index))
        const layout = await layoutOf('json', text)
        const places: object[] = []
        for await (const place of findRecordPlaces(layout, sourceOf(text, chunkBytes), 1, createContext()))
          places.push(place)
        expect(places).toEqual(
          whole.slice(1).map((one) => ({ start: one.start, index: one.index, line: one.line })),
        )
      }),
      { numRuns: 200 },
    )
  })

  it('has records that cannot be used as such', async () => {
    const records = await readAll('json', '[{"a":1},\n {"a"},\n\n 7, null, [1], "b", tru]')
    expect(fieldsOf(records)).toEqual([
      { a: 1 },
      undefined,
      undefined,
      undefined,
      undefined,
      { text: 'b' },
      undefined,
    ])
    expect(records.map(({ line }) => line)).toEqual([1, 2, 4, 4, 4, 4, 4])
    expect(problemsOf(records)[1]).toMatch(/^The record is no JSON: /)
    expect(problemsOf(records)[2]).toMatch(/^The record is no JSON object/)
    expect(problemsOf(records)[4]).toMatch(/^The record is no JSON object/)
  })

  it.each([
    '[["a","b"],{"text":"c"}]',
    '[{"text":"c"},["z"]]',
    '[{"text":"c"}, [[1],[2]] , ]',
    '{"text":"c"}\n["z"]\n',
  ])('has a list within %j as a record that is no object', async (text) => {
    const problems = (await readAll('json', text)).map(({ problem }) => problem ?? 'none')
    expect(problems.toSorted()).toEqual([expect.stringMatching(/^The record is no JSON object; /), 'none'])
  })

  it('has an error row for a record with a key twice, of which JSON.parse would keep the last', async () => {
    const twice = /^The (record|line) has the key "text" twice; keep one of them/
    expect(problemsOf(await readAll('json', '[{"text":"a","text":"b"},{"text":"c"}]'))).toEqual([
      expect.stringMatching(twice),
      undefined,
    ])
    expect(
      problemsOf(await readAll('jsonl', '{"text":"a"}\n{"text":"b","n":[{"text":1}],"text":"c"}')),
    ).toEqual([undefined, expect.stringMatching(twice)])
  })

  it('has an error row for a comma behind one record alone, and for an object that is followed by a word', async () => {
    const lines = await readAll('jsonl', '{"text":"a"},\n{"text":"b"}\n{"text":"c"}')
    expect(fieldsOf(lines)).toEqual([undefined, { text: 'b' }, { text: 'c' }])
    expect(fieldsOf(await readAll('jsonl', '{"text":"a"},\nx'))).toEqual([undefined, undefined])
  })

  it('has an error row for a record that is too long, and the next is read', async () => {
    const text = `[{"a":"${'x'.repeat(50_000)}"},{"a":1}]`
    const records = await readAll('json', text, { maxRecordBytes: 1000, chunkBytes: 999 })
    expect(fieldsOf(records)).toEqual([undefined, { a: 1 }])
  })
})

/** What is read of a value. */
function asFields(value: unknown): unknown {
  if (typeof value === 'string') return { text: value }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}
