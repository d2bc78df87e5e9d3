import { readFileSync } from 'node:fs'
import type { FileMetaData, SchemaElement } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { createRecordReader } from '../../src/formats/open-records.ts'
import { cellMaker, storedMaker } from '../../src/formats/parquet/cells.ts'
import { encodeParquet } from '../../src/formats/parquet/file.ts'
import { readableMaker } from '../../src/formats/parquet/readable.ts'
import { type ParquetLeaf, plainParquet } from '../../src/formats/parquet/tree.ts'
import { UnreadableValue } from '../../src/formats/record.ts'
import { BEGINNING, plainLayout, sourceOf } from '../support/record-readers.ts'

const metadataOf = (...schema: SchemaElement[]): FileMetaData => ({
  ...{ version: 2, num_rows: 0n, row_groups: [], metadata_length: 0 },
  schema: [{ name: 'root', num_children: 1 }, ...schema],
})
const columnOf = (...schema: SchemaElement[]) => plainParquet(metadataOf(...schema)).columns[0]!
const leaf = (type: ParquetLeaf['type'], meaning: ParquetLeaf['meaning'] = {}): ParquetLeaf => ({
  ...{ kind: 'leaf', name: 'x', optional: true, type, meaning },
})
const readable = (type: ParquetLeaf['type'], meaning: ParquetLeaf['meaning'], cell: unknown) =>
  readableMaker(leaf(type, meaning))(cell)
const a: SchemaElement = { name: 'a', type: 'INT32' }
const b: SchemaElement = { name: 'b', type: 'INT32' }

describe('a schema', () => {
  it('has lists in each form that writers ever gave them', () => {
    const list = { name: 'l', num_children: 1, repetition_type: 'OPTIONAL' } as const
    const item = { kind: 'leaf', name: 'array', type: 'INT32' }
    const array = { name: 'array', type: 'INT32', repetition_type: 'REPEATED' } as const
    expect(columnOf({ ...list, converted_type: 'LIST' }, array)).toMatchObject({
      kind: 'list',
      optional: true,
      item,
    })
    expect(columnOf({ ...list, logical_type: { type: 'LIST' } }, array)).toMatchObject({ kind: 'list', item })
    expect(columnOf(array)).toMatchObject({ kind: 'list', optional: false, item })
    const pairs = columnOf(
      { ...list, converted_type: 'LIST' },
      { name: 'pair', num_children: 2, repetition_type: 'REPEATED' },
      ...[a, b],
    )
    expect(pairs).toMatchObject({ kind: 'list', field: 'f2', item: { kind: 'struct', fields: ['f3', 'f4'] } })
    expect(cellMaker(pairs)({ f2: [{ f3: 1, f4: 2 }] })).toEqual([{ f0: 1, f1: 2 }])
    expect(readableMaker(pairs)([{ f0: 1, f1: 2 }])).toEqual([{ a: 1, b: 2 }])
  })

  it('has maps by either name, with any keys', () => {
    const entry = { name: 'entry', num_children: 2, repetition_type: 'REPEATED' } as const
    const group = { name: 'm', num_children: 1 }
    const key = { name: 'a', type: 'BYTE_ARRAY' } as const
    const old = columnOf({ ...group, converted_type: 'MAP_KEY_VALUE' }, entry, key, b)
    expect(columnOf({ ...group, logical_type: { type: 'MAP' } }, entry, key, b)).toEqual(old)
    expect(readableMaker(old)([{ key: Uint8Array.of(255), value: 1 }])).toEqual({ '/w==': 1 })
    const twice = [1, 2].map((value) => ({ key: Uint8Array.of(107), value }))
    expect(readableMaker(old)(twice)).toEqual([
      ['aw==', 1],
      ['aw==', 2],
    ])
    expect(columnOf(group, entry, key, b)).toMatchObject({ kind: 'struct', children: [{ kind: 'list' }] })
  })

  it('that contradicts itself is refused', () => {
    expect(() => columnOf({ name: 'x' })).toThrow(/the column x has neither a type nor parts/)
    expect(() => columnOf({ name: 'x', num_children: 2 }, a)).toThrow(/its schema ends too early/)
    const group = { columns: [], total_byte_size: 0n, num_rows: 0n }
    expect(() => plainParquet({ ...metadataOf(a), row_groups: [group] })).toThrow(
      /row group 0 has other columns/,
    )
    const away = { ...group, columns: [{ file_offset: 0n }] }
    expect(() => plainParquet({ ...metadataOf(a), row_groups: [away] })).toThrow(/lies in another file/)
  })
})

describe('values', () => {
  it('mean what old writers and new ones call by different names', () => {
    expect(readable('INT32', { converted_type: 'DECIMAL', scale: 2 }, -5)).toBe('-0.05')
    expect(readable('INT32', { converted_type: 'DECIMAL' }, -5)).toBe('-5')
    expect(readable('INT64', { logical_type: { type: 'DECIMAL', precision: 9, scale: 1 } }, 15n)).toBe('1.5')
    expect(readable('INT32', { logical_type: { type: 'DATE' } }, 0)).toBe('1970-01-01')
    expect(readable('INT64', { converted_type: 'TIMESTAMP_MILLIS' }, 1n)).toBe('1970-01-01T00:00:00.001Z')
    expect(readable('INT32', { converted_type: 'TIME_MILLIS' }, 1)).toBe('00:00:00.001')
    expect(readable('INT32', { converted_type: 'UINT_32' }, -1)).toBe(4294967295)
    expect(readable('INT64', { logical_type: { type: 'INTEGER', bitWidth: 64, isSigned: false } }, -1n)).toBe(
      2n ** 64n - 1n,
    )
    expect(readable('INT32', { logical_type: { type: 'INTEGER', bitWidth: 32, isSigned: true } }, -1)).toBe(
      -1,
    )
    expect(cellMaker(leaf('BYTE_ARRAY', { logical_type: { type: 'STRING' } }))(Buffer.from('é'))).toBe('é')
  })

  it('that do not fit the type of their column cannot be read, and are no fault of the file', async () => {
    const node = leaf('BYTE_ARRAY', { converted_type: 'DATE' })
    const bytes = await encodeParquet([{ node, cells: [Uint8Array.of(1, 2), null] }], {
      name: 'v',
      rows: [[1], [2]],
    })
    const reader = createRecordReader(plainLayout('parquet'), sourceOf(bytes))
    const found: unknown[] = []
    for await (const { fields } of reader.read(BEGINNING, createContext())) found.push(fields!.x)
    expect(found).toEqual([
      new UnreadableValue('holds a value that does not fit the type of its column'),
      null,
    ])
  })

  it('of 96 bits are found wherever they lie', () => {
    const node = { kind: 'list', name: 'l', optional: true, item: leaf('INT96') } as const
    const large = 2n ** 63n
    const cells = [null, [1n, null, Uint8Array.of(1)], [{ f0: [large] }], [large - 1n]]
    const problem = new UnreadableValue('holds a time before 1677 or after 2262')
    expect(cells.map(storedMaker(node))).toEqual([null, cells[1], problem, cells[3]])
    expect(storedMaker(leaf('INT64'))(large)).toBe(large)
  })

  it('of 96 bits that reach further than 64 cannot be written again', async () => {
    const bytes = readFileSync('test/fixtures/parquet/int96.parquet')
    const day = Buffer.from([0x1d, 0x85, 0x25, 0])
    const place = bytes.indexOf(day)
    expect(place).toBeGreaterThan(0)
    Buffer.from([0, 0, 0, 0]).copy(bytes, place)
    const read = async (values: 'stored' | 'readable') => {
      const found: unknown[] = []
      const reader = createRecordReader(plainLayout('parquet'), sourceOf(bytes), { values })
      for await (const { fields } of reader.read(BEGINNING, createContext())) found.push(fields!.t)
      return found
    }
    expect(await read('stored')).toEqual([new UnreadableValue('holds a time before 1677 or after 2262'), -1n])
    expect((await read('readable'))[0]).toBe('-004713-11-24T12:34:56.123456789')
  })
})
