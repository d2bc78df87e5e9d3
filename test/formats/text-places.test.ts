import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import type { TextFormat } from '../../src/formats/file-layout.ts'
import { findRecordPlaces } from '../../src/formats/open-records.ts'
import type { RecordPlace } from '../../src/formats/text-records.ts'
import { fieldsOf, layoutOf, readAll, sourceOf, withHeader } from '../support/record-readers.ts'

async function placesOf(format: TextFormat, text: string | Uint8Array, everyBytes: number, chunkBytes = 7) {
  const places: RecordPlace[] = []
  const source = sourceOf(text, chunkBytes)
  const layout = await layoutOf(format, text, { unclosedQuote: 'row' })
  const found = findRecordPlaces(layout, source, everyBytes, createContext())
  for await (const place of found) places.push(place)
  return places
}

describe('places of records', () => {
  const anyText = fc.string({
    unit: fc.constantFrom(
      'a',
      '"',
      ',',
      '\n',
      '\r\n',
      '\r',
      ' ',
      '\u00a0',
      '\t',
      '{"text":"x"}\n',
      'a,b\n',
      '数',
      '\uFEFF',
    ),
    maxLength: 60,
  })
  const formats = fc.constantFrom<TextFormat>('lines', 'jsonl', 'csv', 'tsv')

  it('are where the reader has them, and the pieces between give all records once', async () => {
    await fc.assert(
      fc.asyncProperty(
        formats,
        anyText,
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 30 }),
        async (format, text, everyBytes, chunkBytes) => {
          // Refused as a list without brackets.
          fc.pre(format !== 'jsonl' || !/^\s*\{[^}]*\}\s*,\s*\{/.test(text))
          const bytes = Buffer.from(withHeader(format, text))
          const how = { unclosedQuote: 'row' } as const
          const places = await placesOf(format, bytes, everyBytes, chunkBytes)
          const whole = await readAll(format, bytes, how)
          const starts = new Map(whole.map((record) => [record.index, record]))
          for (const { index, start, line } of places) {
            expect(starts.get(index)).toMatchObject({ start, line })
          }
          const edges = [{ start: 0, index: 0, line: 1 }, ...places]
          const pieces = await Promise.all(
            edges.map((from, number) =>
              readAll(format, bytes, {
                ...how,
                from: { ...from, end: edges[number + 1]?.start ?? bytes.length },
              }),
            ),
          )
          expect(pieces.flat()).toEqual(whole)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('count a record that is too long, whatever it begins with', async () => {
    const text = `{}\n${' '.repeat(9_000_000)}\n{}\n`
    const places = await placesOf('jsonl', text, 1, 1_000_000)
    expect(places.map(({ index }) => index)).toEqual([1, 2])
    expect(await readAll('jsonl', text, { chunkBytes: 1_000_000 })).toHaveLength(3)
  })

  it('lie no nearer to each other than asked for', async () => {
    const text = 'name\n'.repeat(100)
    const places = await placesOf('lines', text, 12)
    expect(places.slice(0, 3)).toEqual([
      { start: 15, index: 3, line: 4 },
      { start: 30, index: 6, line: 7 },
      { start: 45, index: 9, line: 10 },
    ])
    expect(await placesOf('lines', text, 1000)).toEqual([])
  })

  it('count the lines within quotes, and rows that are no UTF-8', async () => {
    const csv = Buffer.concat([
      Buffer.from('id,text\n1,"a\nb"\n'),
      Buffer.from([0xff, 10]),
      Buffer.from('2,c\n'),
    ])
    expect(await placesOf('csv', csv, 1)).toEqual([
      { start: 16, index: 1, line: 4 },
      { start: 18, index: 2, line: 5 },
    ])
    expect(fieldsOf(await readAll('csv', csv))).toEqual([
      { id: '1', text: 'a\nb' },
      undefined,
      { id: '2', text: 'c' },
    ])
  })
})
