import fc from 'fast-check'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import type { ByteSource } from '../../src/formats/byte-source.ts'
import { createRecordReader } from '../../src/formats/open-records.ts'
import { encodeParquet, plainColumn } from '../../src/formats/parquet/file.ts'
import { openParquet } from '../../src/formats/parquet/source.ts'
import type { ReadFrom, SourceRecord } from '../../src/formats/record.ts'
import { BEGINNING, plainLayout, sourceOf } from '../support/record-readers.ts'

/** A file of three row groups with the ids 0 to 24. */
const FILE = new Uint8Array(
  parquetWriteBuffer({
    columnData: [
      { name: 'id', data: Array.from({ length: 25 }, (_, index) => BigInt(index)), type: 'INT64' },
      {
        name: 'text',
        data: Array.from({ length: 25 }, (_, index) => (index === 3 ? null : `row ${index}`)),
        type: 'STRING',
      },
    ],
    rowGroupSize: 10,
  }),
)

async function readAll(source: ByteSource, from: ReadFrom = BEGINNING): Promise<SourceRecord[]> {
  const records: SourceRecord[] = []
  for await (const record of createRecordReader(plainLayout('parquet'), source).read(from, createContext()))
    records.push(record)
  return records
}

const idsOf = (records: readonly SourceRecord[]) => records.map(({ fields }) => Number(fields!.id))
const upTo = (end: number, start = 0) => Array.from({ length: end - start }, (_, index) => start + index)

describe('a Parquet file', () => {
  it('is read row by row, with the bytes of its row groups', async () => {
    const records = await readAll(sourceOf(FILE, 50))
    expect(idsOf(records)).toEqual(upTo(25))
    expect(records[3]).toMatchObject({
      index: 3,
      line: 4,
      fields: { id: 3n, text: null },
      raw: '{"id":3,"text":null}',
    })
    const { groups, columns } = await openParquet(sourceOf(FILE))
    expect(columns).toEqual(['id', 'text'])
    expect(groups.map(({ firstRow, rows }) => [firstRow, rows])).toEqual([
      [0, 10],
      [10, 10],
      [20, 5],
    ])
    expect(records[12]).toMatchObject({ start: groups[1]!.start, end: groups[1]!.end })
  })

  it('is read from any row on, without the row groups before it', async () => {
    for (const index of [0, 9, 10, 13, 24, 25]) {
      expect(idsOf(await readAll(sourceOf(FILE), { start: 0, index, line: index + 1 }))).toEqual(
        upTo(25, index),
      )
    }
    const whole = sourceOf(FILE)
    await readAll(whole)
    const part = sourceOf(FILE)
    await readAll(part, { start: 0, index: 20, line: 21 })
    expect(part.taken).toBeLessThan(whole.taken)
  })

  it('is read up to the row group at which another worker begins', async () => {
    const { groups } = await openParquet(sourceOf(FILE))
    const from = { start: groups[1]!.start, index: 10, line: 11, end: groups[2]!.start }
    expect(idsOf(await readAll(sourceOf(FILE), from))).toEqual(upTo(20, 10))
  })

  it('that is cut short, damaged or none fails with a sentence', async () => {
    for (const bytes of [
      FILE.subarray(0, -1),
      FILE.subarray(20),
      Buffer.from('no Parquet file at all'),
      new Uint8Array(),
    ]) {
      await expect(readAll(sourceOf(bytes))).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining('no whole Parquet file'),
      })
    }
    expect(() => createRecordReader(plainLayout('parquet', 'gzip'), sourceOf(FILE))).toThrow(
      /packed with gzip/,
    )
  })

  it('with any of its bytes wrong is read or fails, in little time', async () => {
    const change = fc.tuple(fc.nat({ max: FILE.length - 1 }), fc.integer({ min: 0, max: 255 }))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Uint8Array.from(FILE)
        for (const [place, value] of changes) bytes[place] = value
        const records = await readAll(sourceOf(bytes, 1000)).catch((error) => {
          expect(error).toBeInstanceOf(AppError)
          return []
        })
        expect(records.length).toBeLessThan(1 << 24)
      }),
      { numRuns: 600, seed: 20_261_123 },
    )
  })

  it('passes on what reading it throws', async () => {
    const read = async (): Promise<never> => {
      throw new AppError('upstream_failed', 'No answer.')
    }
    await expect(readAll({ bytes: 100, read })).rejects.toMatchObject({ code: 'upstream_failed' })
  })

  it('with a row group that does not fit into memory is refused', async () => {
    const large = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'flag', data: new Array((1 << 24) + 1).fill(true), type: 'BOOLEAN', nullable: false },
        ],
        rowGroupSize: 1 << 25,
      }),
    )
    await expect(readAll(sourceOf(large, 65_536))).rejects.toMatchObject({
      code: 'payload_too_large',
      message: expect.stringMatching(/Row group 0 .* write smaller row groups/),
    })
  })

  it('is read no further when its caller has gone', async () => {
    const context = createContext({ signal: AbortSignal.abort() })
    const reading = (async () => {
      for await (const _ of createRecordReader(plainLayout('parquet'), sourceOf(FILE)).read(
        BEGINNING,
        context,
      ));
    })()
    await expect(reading).rejects.toMatchObject({ code: 'deadline_exceeded' })
  })
})

describe('a Parquet file that is written', () => {
  const rows = [
    [0.5, -1],
    [0.25, 3],
  ]
  it('holds lists of floats, and values of each type', async () => {
    const bytes = await encodeParquet(
      [
        { node: plainColumn('a', 'double'), cells: [1, 2.5] },
        { node: plainColumn('b', 'text'), cells: ['x', null] },
        { node: plainColumn('c', 'boolean'), cells: [true, null] },
        { node: plainColumn('d', 'uint64'), cells: [1n, -1n] },
      ],
      { name: 'embedding', rows },
    )
    expect((await readAll(sourceOf(bytes))).map(({ fields }) => fields)).toEqual([
      { a: 1, b: 'x', c: true, d: 1n, embedding: [0.5, -1] },
      { a: 2.5, b: null, c: null, d: 2n ** 64n - 1n, embedding: [0.25, 3] },
    ])
  })

  it('may have no rows, and is read as such', async () => {
    const bytes = await encodeParquet([{ node: plainColumn('id', 'int64'), cells: [] }], {
      name: 'embedding',
      rows: [],
    })
    expect(await readAll(sourceOf(bytes))).toEqual([])
  })
})
