import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { stringifyExactJson } from '../../src/formats/exact-json.ts'
import { createRecordReader } from '../../src/formats/open-records.ts'
import { UnreadableValue } from '../../src/formats/record.ts'
import { BEGINNING, plainLayout, sourceOf } from '../support/record-readers.ts'

async function rowsOf(file: string | Uint8Array): Promise<Readonly<Record<string, unknown>>[]> {
  const bytes = typeof file === 'string' ? readFileSync(`test/fixtures/${file}.parquet`) : file
  const rows: Readonly<Record<string, unknown>>[] = []
  const reader = createRecordReader(plainLayout('parquet'), sourceOf(bytes))
  for await (const { fields } of reader.read(BEGINNING, createContext())) rows.push(fields!)
  return rows
}

/** A column as JSON lines have it. */
const columnOf = (rows: readonly Readonly<Record<string, unknown>>[], name: string) =>
  rows.map((row) => stringifyExactJson(row[name]))

/** What pyarrow, DuckDB and polars wrote, and read. */
const ARROW: Readonly<Record<string, readonly string[]>> = {
  id: ['1', 'null', '3'],
  i8: ['-128', '127', 'null'],
  u8: ['0', '255', 'null'],
  u32: ['0', '4294967295', 'null'],
  i64: ['-9223372036854775808', '9223372036854775807', 'null'],
  u64: ['18446744073709551615', '9223372036854775808', '0'],
  d9: ['"-0.01"', '"1234567.89"', 'null'],
  d18: ['"90071992547409.93"', '"-0.10"', 'null'],
  d38: ['"12345678901234567890.12"', '"-99999999999999999999999999.99"', 'null'],
  d76: ['"1111111111222222222233333333334444444444.5555555555"', '"-0.0000000001"', 'null'],
  d0: ['"10"', '"-7"', 'null'],
  ms: ['"2020-02-29T12:34:56.123"', '"1969-12-31T23:59:59.999"', 'null'],
  us_utc: ['"2020-02-29T12:34:56.123456Z"', '"0001-01-01T00:00:00.000000Z"', 'null'],
  ns: [
    '"2020-02-29T12:34:56.123456789"',
    '"1969-12-31T23:59:59.999999999"',
    '"2262-04-11T23:47:16.854775807"',
  ],
  far: ['"-144169-06-28T09:59:32.612096"', '"+148108-07-06T14:00:27.387904"', 'null'],
  date: ['"2024-02-29"', '"0001-01-01"', '"9999-12-31"'],
  time_ms: ['"23:59:59.999"', '"00:00:00.000"', 'null'],
  time_us: ['"01:02:03.000004"', '"00:00:00.000000"', 'null'],
  f16: ['1.5', '-0.00006097555160522461', 'null'],
  f32: ['0.10000000149011612', 'null', 'null'],
  f64: ['0.1', 'null', '-0.0'],
  bool: ['true', 'false', 'null'],
  bin: ['"AP8="', '""', 'null'],
  fixed: ['"YWJj"', '"//79"', 'null'],
  uuid: ['"00000000-0000-0000-0000-000000000001"', '"ffffffff-ffff-ffff-ffff-ffffffffffff"', 'null'],
  json: ['"{\\"a\\": 12345678901234567890}"', '"[]"', 'null'],
  dict: ['"x"', '"y"', '"x"'],
  list: ['[1,null,4611686018427387904]', '[]', 'null'],
  lists: ['[["1.10"],[],null]', '[]', 'null'],
  struct: [
    '{"a":1,"__proto__":"p","t":"1970-01-01T00:00:00.000000001Z"}',
    '{"a":null,"__proto__":null,"t":null}',
    'null',
  ],
  map: ['{"k":1,"__proto__":2}', '{}', 'null'],
  map_int: ['{"0":null,"4611686018427387904":[{"b":"/w=="}]}', '{}', 'null'],
  los: ['[{"k":1,"v":["x",null]},null]', '[]', 'null'],
  nulls: ['null', 'null', 'null'],
  ['__proto__']: ['"p1"', '"p2"', 'null'],
  constructor: ['1.5', '2', 'null'],
  embedding: ['[1]', 'null', '[]'],
  input_embedding: ['7', '8', '9'],
  'a.b': ['"dotted"', 'null', '""'],
}

describe('values of Parquet files, in JSON', () => {
  it('have every digit, and one type in each column', async () => {
    const rows = await rowsOf('parquet/arrow')
    expect(Object.keys(rows[0]!).filter((name) => name !== 'text')).toEqual(Object.keys(ARROW))
    for (const [name, values] of Object.entries(ARROW)) {
      expect([name, ...columnOf(rows, name)]).toEqual([name, ...values])
    }
  })

  it('are those of DuckDB, with its intervals and enumerations', async () => {
    const [row] = await rowsOf('parquet/duck')
    expect(JSON.parse(stringifyExactJson(row))).toEqual({
      ...{ text: 'Cook', mood: 'happy', span: 'P14M3DT4.005S', huge: 1.7014118346046923e38 },
      ...{ tz: '2024-02-29T04:34:56.789000Z', ns: '2024-02-29T12:34:56.123456789', t: '12:34:56.789000' },
      ...{ blob: 'YWL/', list: [1, 2], struct: { a: 1, b: 'x' }, map: { k: 1 }, d4: '1.10' },
      id: '00000000-0000-0000-0000-000000000001',
    })
  })

  it('are those of polars, and of times with 96 bits', async () => {
    const [row] = await rowsOf('parquet/polars')
    expect(stringifyExactJson(row)).toBe(
      '{"text":"Cook","d":"12345678901234567890.12","u":18446744073709551615,"span":86400000000,"list":[null,1],"dt":"2024-02-29T12:00:00.000000Z"}',
    )
    expect(columnOf(await rowsOf('parquet/int96'), 't')).toEqual([
      '"2020-02-29T12:34:56.123456789"',
      '"1969-12-31T23:59:59.999999999"',
    ])
  })

  it('are those that pandas writes', async () => {
    const rows = await rowsOf('cases/pandas')
    expect(columnOf(rows, 'ts').slice(0, 2)).toEqual([
      '"2024-02-29T12:34:56.123456789"',
      '"1969-12-31T23:59:59.999999999"',
    ])
    expect(columnOf(rows, 'dec').slice(0, 2)).toEqual(['"1.10"', '"-99999999999999.99"'])
    expect(columnOf(rows, 'bin').slice(0, 2)).toEqual(['"AP8="', '""'])
    expect(columnOf(rows, 'i64big').slice(0, 2)).toEqual(['9007199254740993', '-4611686018427387904'])
    expect(columnOf(rows, 'lod').slice(0, 4)).toEqual([
      '[{"k":1,"v":"x"}]',
      '[]',
      'null',
      '[{"k":2,"v":null}]',
    ])
  })

  it('are read where LZ4 has packed the dictionary of a column of nulls', async () => {
    const rows = await rowsOf('cases/lz4_empty')
    expect(columnOf(rows, 'text')).toEqual(['"nurse"', '"cook"'])
    expect(columnOf(rows, 'empty')).toEqual(['null', 'null'])
  })

  it('keep lists, maps and structs that are null apart from empty ones', async () => {
    const rows = await rowsOf('cases/types')
    expect(columnOf(rows, 'list')).toEqual(['[1,2]', '[]', 'null', '[null]'])
    expect(columnOf(rows, 'struct')).toEqual([
      '{"a":1,"b":"x"}',
      'null',
      '{"a":null,"b":null}',
      '{"a":2,"b":"y"}',
    ])
    expect(columnOf(rows, 'map')).toEqual(['{"k":1}', '{}', 'null', '{"__proto__":2}'])
    expect(columnOf(rows, 'dec')).toEqual(['"12345678901234567890.12"', '"0.10"', '"-0.01"', 'null'])
    expect(columnOf(rows, 'id')).toEqual(['1', '9223372036854775807', '-9223372036854775808', 'null'])
  })

  it('that are no UTF-8 in a column of texts are told apart from texts', async () => {
    const rows = await rowsOf('parquet/bad_text')
    expect(rows.map(({ text }) => (text instanceof UnreadableValue ? text.problem : text))).toEqual([
      'a',
      'holds bytes that are not UTF-8',
      'c',
    ])
    expect(columnOf(rows, 'title')).toEqual(['"x"', '"y"', '"z"'])
  })

  it('of a file with two columns of one name are refused', async () => {
    await expect(rowsOf('cases/dupcol')).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'The Parquet file has two columns named text; expected each name once; rename one of them.',
    })
  })

  it('of a page whose checksum is another are refused', async () => {
    const bytes = readFileSync('test/fixtures/parquet/arrow.parquet')
    const place = bytes.indexOf('Nurse')
    expect(place).toBeGreaterThan(0)
    bytes[place] = 'n'.charCodeAt(0)
    await expect(rowsOf(bytes)).rejects.toThrow(/it has a page whose bytes do not match its checksum/)
  })
})
