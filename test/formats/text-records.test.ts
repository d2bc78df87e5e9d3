import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import type { ByteSource } from '../../src/formats/byte-source.ts'
import type { TextFormat } from '../../src/formats/file-layout.ts'
import { createRecordReader } from '../../src/formats/open-records.ts'
import type { SourceRecord } from '../../src/formats/record.ts'
import { heldBytes } from '../support/held-bytes.ts'
import {
  BEGINNING,
  fieldsOf,
  plainLayout,
  problemsOf,
  readAll,
  sourceOf,
  withHeader,
} from '../support/record-readers.ts'

describe('plain lines', () => {
  it('are one record each but for blank ones, whatever ends them', async () => {
    expect(await readAll('lines', '\uFEFFone\r\n\n \u3000\r\rtwo\n数据\rend\r')).toEqual([
      { index: 0, line: 1, start: 0, end: 8, fields: { text: 'one' }, raw: 'one' },
      { index: 1, line: 5, start: 15, end: 19, fields: { text: 'two' }, raw: 'two' },
      { index: 2, line: 6, start: 19, end: 26, fields: { text: '数据' }, raw: '数据' },
      { index: 3, line: 7, start: 26, end: 30, fields: { text: 'end' }, raw: 'end' },
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

describe('every text', () => {
  const anyText = fc.string({
    unit: fc.constantFrom(
      'a',
      '"',
      ',',
      '\n',
      '\r\n',
      '\r',
      '\t',
      '[',
      ']',
      '{',
      '}',
      '{"text":"x"}\n',
      'a,b\n',
      '数',
      '\0',
    ),
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
        async (format, rows, chunkBytes, pick) => {
          const text = withHeader(format, rows)
          const how = { unclosedQuote: 'row', chunkBytes } as const
          const packed = { ...how, compression: 'gzip' } as const
          const whole = await readAll(format, text, { ...how, chunkBytes: 1000 })
          expect(await readAll(format, text, how)).toEqual(whole)
          expect(await readAll(format, gzipSync(text), packed)).toEqual(whole)
          const { start, index, line } = whole[pick % Math.max(1, whole.length)] ?? BEGINNING
          const from = { start, index, line }
          expect(await readAll(format, text, { ...how, from })).toEqual(whole.slice(index))
          expect(await readAll(format, gzipSync(text), { ...packed, from })).toEqual(whole.slice(index))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('survives bytes of any kind, each record with fields or a problem, in order and without a gap', async () => {
    await fc.assert(
      fc.asyncProperty(formats, fc.uint8Array({ maxLength: 300 }), async (format, rows) => {
        const bytes = Buffer.concat([Buffer.from(withHeader(format, '')), rows])
        const records = await readAll(format, bytes, { maxRecordBytes: 50, unclosedQuote: 'row' })
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
    for await (const { fields } of createRecordReader(plainLayout('jsonl'), source).read(
      from,
      createContext(),
    ))
      texts.push(fields!.text)
    expect(texts).toEqual(['row 900', 'row 901', 'row 902'])
    expect(source.taken).toBe(from.end - from.start)
    const packed = await readAll('jsonl', gzipSync(text), { from, compression: 'gzip' })
    expect(packed.map(({ fields }) => fields!.text)).toEqual(texts)
  })

  it('of a million blank lines has no records, in little time', async () => {
    expect(await readAll('jsonl', '\n'.repeat(1_000_000), { chunkBytes: 65_536 })).toEqual([])
  })

  it('with a line of 200 MB holds no more of it than the longest record may have', async () => {
    const maxRecordBytes = 1 << 20
    // Of a Buffer, whose slice is a view, the same memory would be held again and again.
    const chunk = new Uint8Array(65_536).fill(120)
    const before = heldBytes()
    let held = 0
    const source: ByteSource = {
      bytes: 3200 * chunk.length + 5,
      async *read() {
        for (let count = 0; count < 3200; count++) yield chunk
        held = heldBytes() - before
        yield Buffer.from('\nend\n')
      },
    }
    const records: SourceRecord[] = []
    const reader = createRecordReader(plainLayout('lines'), source, { maxRecordBytes })
    for await (const record of reader.read(BEGINNING, createContext())) records.push(record)
    expect(records).toMatchObject([{ fields: undefined }, { fields: { text: 'end' }, line: 2 }])
    expect(held).toBeLessThan(2 * maxRecordBytes)
  })

  it('is read no further when its caller has gone', async () => {
    const reader = createRecordReader(plainLayout('lines'), sourceOf('a\nb\n'))
    const context = createContext({ signal: AbortSignal.abort() })
    await expect(
      (async () => {
        for await (const _ of reader.read(BEGINNING, context));
      })(),
    ).rejects.toMatchObject({ code: 'deadline_exceeded' })
  })
})
