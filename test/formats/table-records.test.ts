import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fieldsOf, problemsOf, readAll } from '../support/record-readers.ts'

describe('CSV', () => {
  it('has a header, quotes, line feeds and doubled quotes within them', async () => {
    const text = 'id,text,note\r\n1,"a, ""b""\nc",x\r\n2,d "e" f,\r\n\r\n"3","g","h"'
    const records = await readAll('csv', text)
    expect(records).toEqual([
      {
        index: 0,
        line: 2,
        start: 14,
        end: 32,
        fields: { id: '1', text: 'a, "b"\nc', note: 'x' },
        raw: '1,"a, ""b""\nc",x',
      },
      {
        index: 1,
        line: 4,
        start: 32,
        end: 44,
        fields: { id: '2', text: 'd "e" f', note: '' },
        raw: '2,d "e" f,',
      },
      {
        index: 2,
        line: 6,
        start: 46,
        end: 57,
        fields: { id: '3', text: 'g', note: 'h' },
        raw: '"3","g","h"',
      },
    ])
  })

  it('may have semicolons, as European spreadsheets write it', async () => {
    expect(fieldsOf(await readAll('csv', 'id;text\n1;"a;b"\n2;c,d\n'))).toEqual([
      { id: '1', text: 'a;b' },
      { id: '2', text: 'c,d' },
    ])
  })

  it('has names for all columns', async () => {
    expect(fieldsOf(await readAll('csv', '\uFEFFa,,a,\n1,2,3,4'))).toEqual([
      { a: '1', column_2: '2', a_2: '3', column_4: '4' },
    ])
    expect(fieldsOf(await readAll('csv', 'column_2,\n1,2'))).toEqual([{ column_2: '1', column_2_2: '2' }])
  })

  it.each([
    ['1,2,3', /3 fields; expected 2/],
    ['1', /1 field; expected 2/],
    ['"a"b,2', /quotes of the row do not fit/],
  ])('has a problem with the row %s', async (row, problem) => {
    expect((await readAll('csv', `a,b\n${row}`))[0]).toMatchObject({
      fields: undefined,
      problem: expect.stringMatching(problem),
      raw: row,
    })
  })

  it.each([
    ['at the end of the file', 'a,b\n1,x\n2,"open\nx,y\n', 3],
    ['where another field is quoted', 'a,b\n1,"x\ny","open\n2,y\n3,"z"\n', 3],
    ['where the row grows too long', `a,b\n1,"open\n${'x,y\n'.repeat(1000)}`, 2],
  ])('names the line of a quote that is never closed, which shows %s', async (_, text, line) => {
    await expect(readAll('csv', text, { maxRecordBytes: 500 })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(`The quote that begins a field in line ${line} is never closed`),
    })
  })

  it('ends a row at its line with the setting for quotes that are never closed, and loses no other', async () => {
    const text = 'a,b\n1,"open\n2,y\n3,"z\nz"\n4,"x"y\n5,"again\n6,e'
    const records = await readAll('csv', text, { unclosedQuote: 'row' })
    expect(records.map(({ line, fields }) => [line, fields])).toEqual([
      [2, undefined],
      [3, { a: '2', b: 'y' }],
      [4, { a: '3', b: 'z\nz' }],
      [6, undefined],
      [7, undefined],
      [8, { a: '6', b: 'e' }],
    ])
    expect(problemsOf(records)[0]).toMatch(/a quote that is never closed/)
  })

  it('without rows, or without anything, has no records', async () => {
    expect(await readAll('csv', 'a,b\n')).toEqual([])
    expect(await readAll('csv', '')).toEqual([])
    expect(await readAll('tsv', '\n')).toEqual([])
  })

  it('of any content is read as another parser reads it', async () => {
    const field = fc
      .oneof(
        fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r\n', ';', '数', '\t'), maxLength: 8 }),
        fc.string({ maxLength: 5 }),
      )
      .filter((value) => !value.includes('\uFEFF'))
    const quote = (value: string) => `"${value.replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(field, field, field), { maxLength: 12 }),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 40 }),
        async (rows, lineEnd, chunkBytes) => {
          const text = [['x', 'y', 'z'], ...rows].map((row) => row.map(quote).join(',')).join(lineEnd)
          const expected = parse(text, {
            columns: true,
            bom: true,
            relax_column_count: true,
            record_delimiter: ['\n', '\r\n'],
          })
          expect(fieldsOf(await readAll('csv', text, { chunkBytes }))).toEqual(expected)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('TSV', () => {
  it('has tabs between fields, and quotes around those that begin with one', async () => {
    const text = 'id\ttext\n1\t"a ""b""\tc\nd"\n\n2\tb "c",d\r\n\t\n'
    expect(fieldsOf(await readAll('tsv', text))).toEqual([
      { id: '1', text: 'a "b"\tc\nd' },
      { id: '2', text: 'b "c",d' },
      { id: '', text: '' },
    ])
  })
})
