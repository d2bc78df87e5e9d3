import { gzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import type { ByteSource } from '../../src/formats/byte-source.ts'
import { createRecordReader } from '../../src/formats/open-records.ts'
import type { SourceRecord } from '../../src/formats/record.ts'
import type { TextFormat } from '../../src/formats/text-records.ts'
import { BEGINNING, fieldsOf, problemsOf, readAll, sourceOf } from '../support/record-readers.ts'

describe('plain lines', () => {
  it('are one record each, blank ones too, whatever ends them', async () => {
    expect(await readAll('lines', '\uFEFFone\r\n\ntwo\n数据')).toEqual([
      { index: 0, line: 1, start: 0, end: 8, fields: { text: 'one' }, raw: 'one' },
      { index: 1, line: 2, start: 8, end: 9, fields: { text: '' }, raw: '' },
      { index: 2, line: 3, start: 9, end: 13, fields: { text: 'two' }, raw: 'two' },
      { index: 3, line: 4, start: 13, end: 19, fields: { text: '数据' }, raw: '数据' },
    ])
  })

  it('that are too long are one record that says so, and the next is read', async () => {
    const records = await readAll('lines', `a\n${'x'.repeat(50_000)}\nb`, {
      maxRecordBytes: 1000,
      chunkBytes: 999,
    })
    expect(fieldsOf(records)).toEqual([{ text: 'a' }, undefined, { text: 'b' }])
    expect(records[1]).toMatchObject({ line: 2, start: 2, end: 50_003, raw: 'x'.repeat(4096) })
    expect(records[1]!.problem).toMatch(/50001 bytes; expected at most 1000/)
    const last = await readAll('lines', 'x'.repeat(40_000), { maxRecordBytes: 1000, chunkBytes: 100_000 })
    expect(last).toMatchObject([{ fields: undefined, end: 40_000 }])
  })

  it('that are not UTF-8 are records that say so', async () => {
    expect(problemsOf(await readAll('lines', Buffer.from([0x61, 10, 0xff, 0xfe, 10, 0x62])))).toEqual([
      undefined,
      expect.stringContaining('not UTF-8'),
      undefined,
    ])
  })
})

describe('JSON lines', () => {
  it('are objects; blank lines are none', async () => {
    const records = await readAll('jsonl', '{"a":1}\n\n  \r\n[1]\nnull\n{"a"\n"text"\n{"__proto__":{"b":1}}')
    expect(records.map(({ index, line }) => [index, line])).toEqual([
      [0, 1],
      [1, 4],
      [2, 5],
      [3, 6],
      [4, 7],
      [5, 8],
    ])
    expect(records[0]!.fields).toEqual({ a: 1 })
    expect(problemsOf(records.slice(1, 5))).toEqual([
      expect.stringContaining('no JSON object'),
      expect.stringContaining('no JSON object'),
      expect.stringContaining('no JSON: '),
      expect.stringContaining('no JSON object'),
    ])
    expect(Object.keys(records[5]!.fields!)).toEqual(['__proto__'])
  })
})

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
    expect(fieldsOf(await readAll('csv', '"a"x,b\n1'))).toEqual([{ '"a"x,b': '1' }])
  })

  it.each([
    ['1,2,3', /3 fields; expected 2/],
    ['1', /1 fields; expected 2/],
    ['"a"b,2', /quotes of the row do not fit/],
    ['1,"never closed', /quotes of the row do not fit/],
  ])('has a problem with the row %s', async (row, problem) => {
    expect((await readAll('csv', `a,b\n${row}`))[0]).toMatchObject({
      fields: undefined,
      problem: expect.stringMatching(problem),
      raw: row,
    })
  })

  it('is one row to its end where a quote is never closed', async () => {
    const records = await readAll('csv', `a,b\n1,"open\n${'x,y\n'.repeat(1000)}`, { maxRecordBytes: 500 })
    expect(records).toMatchObject([{ line: 2, problem: expect.stringMatching(/close its quotes/) }])
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
  it('has tabs between fields, and no quotes', async () => {
    expect(fieldsOf(await readAll('tsv', 'id\ttext\n1\t"a"\n\n2\tb,c\r\n'))).toEqual([
      { id: '1', text: '"a"' },
      { id: '2', text: 'b,c' },
    ])
  })
})

describe('every text', () => {
  const anyText = fc.string({
    unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', '\t', '{', '}', '{"text":"x"}\n', 'a,b\n', '数', '\0'),
    maxLength: 60,
  })
  const formats = fc.constantFrom<TextFormat>('lines', 'jsonl', 'csv', 'tsv')

  it('gives the same records however it comes, packed or not, and from any of them on', async () => {
    await fc.assert(
      fc.asyncProperty(
        formats,
        anyText,
        fc.integer({ min: 1, max: 30 }),
        fc.nat(),
        async (format, text, chunkBytes, pick) => {
          const whole = await readAll(format, text, { chunkBytes: 1000 })
          expect(await readAll(format, text, { chunkBytes })).toEqual(whole)
          expect(await readAll(format, gzipSync(text), { compression: 'gzip', chunkBytes })).toEqual(whole)
          const { start, index, line } = whole[pick % Math.max(1, whole.length)] ?? BEGINNING
          const from = { start, index, line }
          expect(await readAll(format, text, { from, chunkBytes })).toEqual(whole.slice(index))
          expect(await readAll(format, gzipSync(text), { from, chunkBytes, compression: 'gzip' })).toEqual(
            whole.slice(index),
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  it('survives bytes of any kind, each record with fields or a problem, in order and without a gap', async () => {
    await fc.assert(
      fc.asyncProperty(formats, fc.uint8Array({ maxLength: 300 }), async (format, bytes) => {
        const records = await readAll(format, bytes, { maxRecordBytes: 50 })
        let end = 0
        records.forEach(({ index, start, fields, problem, ...record }, place) => {
          expect(index).toBe(place)
          expect(start).toBeGreaterThanOrEqual(end)
          expect(fields === undefined).toBe(problem !== undefined)
          end = record.end
        })
        expect(end).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 300 },
    )
  })

  it('is read from a place on without what lies before, and up to another', async () => {
    const text = Array.from({ length: 1000 }, (_, index) => `{"text":"row ${index}"}\n`).join('')
    const source = sourceOf(text, 100)
    const from = {
      start: text.indexOf('{"text":"row 900"}'),
      index: 900,
      line: 901,
      end: text.indexOf('{"text":"row 903"}'),
    }
    const texts: unknown[] = []
    for await (const { fields } of createRecordReader('jsonl', source).read(from, createContext()))
      texts.push(fields!.text)
    expect(texts).toEqual(['row 900', 'row 901', 'row 902'])
    expect(source.taken).toBe(from.end - from.start)
    const packed = await readAll('jsonl', gzipSync(text), { from, compression: 'gzip' })
    expect(packed.map(({ fields }) => fields!.text)).toEqual(texts)
  })

  it('of a million blank lines has no records, in little time', async () => {
    expect(await readAll('jsonl', '\n'.repeat(1_000_000), { chunkBytes: 65_536 })).toEqual([])
  })

  it('with a line of 400 MB takes little memory for it', async () => {
    const chunk = Buffer.alloc(65_536, 'x')
    const source: ByteSource = {
      bytes: 6400 * chunk.length + 5,
      async *read() {
        for (let count = 0; count < 6400; count++) yield chunk
        yield Buffer.from('\nend\n')
      },
    }
    const before = process.memoryUsage().rss
    const records: SourceRecord[] = []
    const reader = createRecordReader('lines', source, { maxRecordBytes: 1 << 20 })
    for await (const record of reader.read(BEGINNING, createContext())) records.push(record)
    expect(records).toMatchObject([{ fields: undefined }, { fields: { text: 'end' }, line: 2 }])
    expect(process.memoryUsage().rss - before).toBeLessThan(250e6)
  })

  it('ends with its caller', async () => {
    const reader = createRecordReader('lines', sourceOf('a\nb\n'))
    const context = createContext({ signal: AbortSignal.abort() })
    await expect(
      (async () => {
        for await (const _ of reader.read(BEGINNING, context));
      })(),
    ).rejects.toMatchObject({ code: 'deadline_exceeded' })
  })
})
