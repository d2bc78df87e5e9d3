import type { ColumnMetaData, FileMetaData } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { createPageCheck, type PageTools } from '../../src/formats/parquet/pages.ts'

type Header = ReturnType<PageTools['readHeader']>

/** A schema with a required number, an optional list of texts, and what the metadata says of one chunk. */
function metadataOf(chunk: Partial<ColumnMetaData>): FileMetaData {
  const column = {
    type: 'INT32',
    codec: 'UNCOMPRESSED',
    path_in_schema: ['number'],
    data_page_offset: 4n,
    total_compressed_size: 100n,
    ...chunk,
  } as ColumnMetaData
  return {
    version: 1,
    num_rows: 1n,
    metadata_length: 1,
    schema: [
      { name: 'root', num_children: 2 },
      { name: 'texts', num_children: 1, repetition_type: 'OPTIONAL' },
      { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
      { name: 'element', repetition_type: 'OPTIONAL' },
      { name: 'number', repetition_type: 'REQUIRED' },
    ],
    row_groups: [
      {
        columns: [{ file_offset: 0n }, { file_offset: 4n, meta_data: column }],
        total_byte_size: 1n,
        num_rows: 1n,
      },
    ],
  }
}

/** Checks a chunk of 100 bytes that begins with `content`; each page has these headers of one byte. Counts those read. */
function check(
  chunk: Partial<ColumnMetaData>,
  headers: Partial<Header>[],
  content: number[] = [],
  codecs = {},
): number {
  const bytes = new Uint8Array(104)
  bytes.set(content, 5)
  const left = headers.map((header) => ({ uncompressed_page_size: 98, compressed_page_size: 98, ...header }))
  const readHeader: PageTools['readHeader'] = (reader) => {
    reader.offset += 1
    return left.shift() as Header
  }
  createPageCheck(metadataOf(chunk), { readHeader, compressors: codecs })(bytes.buffer, 0)
  return headers.length - left.length
}

const first = (num_values: number, encoding = 'PLAIN') =>
  ({ type: 'DATA_PAGE', data_page_header: { num_values, encoding } }) as unknown as Partial<Header>
const second = (fields: object) =>
  ({
    type: 'DATA_PAGE_V2',
    data_page_header_v2: {
      ...{ num_values: 10, num_rows: 10, encoding: 'RLE_DICTIONARY', is_compressed: true },
      ...{ repetition_levels_byte_length: 2, definition_levels_byte_length: 2, ...fields },
    },
  }) as unknown as Partial<Header>
const nested = { path_in_schema: ['texts', 'list', 'element'] }
/** Ten times the value 1: a run of its header and one byte. */
const ten = [20, 1]

describe('pages of a Parquet file', () => {
  it.each<[string, Parameters<typeof check>]>([
    ['ten values', [{}, [first(10)]]],
    [
      'two pages that fill the chunk',
      [
        {},
        [
          { ...first(5), compressed_page_size: 48 },
          { ...first(5), compressed_page_size: 49 },
        ],
      ],
    ],
    ['a dictionary', [{}, [{ dictionary_page_header: { num_values: 3 } as never }]]],
    ['codes of a dictionary', [{}, [first(10, 'RLE_DICTIONARY')], [2, ...ten]]],
    ['codes of an old dictionary, in no bits', [{}, [first(10, 'PLAIN_DICTIONARY')], [0]]],
    ['runs of yes and no', [{ type: 'BOOLEAN' }, [first(10, 'RLE')], [2, 0, 0, 0, ...ten]]],
    ['an unknown kind of page', [{}, [{}]]],
    ['a list', [nested, [first(10, 'PLAIN')], [2, 0, 0, 0, ...ten, 2, 0, 0, 0, ...ten]]],
    ['a list in a page of version 2', [nested, [second({})], [...ten, ...ten, 1, ...ten]]],
    ['version 2 unpacked', [{}, [second({ is_compressed: false })], [0, 0, 0, 0, 1, ...ten]]],
    ['version 2 without an encoding', [{}, [second({ encoding: undefined })]]],
    ['a codec that is unknown', [{ codec: 'LZO' }, [second({})], [0, 0, 0, 0, 1, ...ten]]],
    [
      'packed codes',
      [{ codec: 'GZIP' }, [first(10, 'RLE_DICTIONARY')], [], { GZIP: () => Uint8Array.of(1, ...ten) }],
    ],
    // What ends too early is the library's to find.
    [
      'levels that end too early',
      [{ path_in_schema: ['texts'] }, [first(10, 'RLE_DICTIONARY')], [200, 0, 0, 0, ...ten]],
    ],
    [
      'packed codes that end too early',
      [{ codec: 'GZIP' }, [first(10, 'RLE_DICTIONARY')], [], { GZIP: () => Uint8Array.of(1, 0x80) }],
    ],
    // Eight values in bits where three are left, as a writer fills them up.
    ['codes filled up by a writer', [{}, [first(3, 'RLE_DICTIONARY')], [1, 3, 0b101]]],
  ])('are let through, all of them looked at, when their numbers fit: %s', (_name, parts) => {
    expect(check(...parts)).toBe(parts[1].length)
  })

  it.each<[string, Parameters<typeof check>]>([
    ['is longer', [{ total_compressed_size: 101n }, []]],
    ['begins before them', [{ data_page_offset: 5n }, []]],
    ['has its dictionary before them', [{ dictionary_page_offset: 5n }, []]],
  ])('are not looked at in bytes that do not hold all of a chunk: it %s', (_name, parts) => {
    expect(check(...parts)).toBe(0)
  })

  it.each<[string, Parameters<typeof check>, RegExp]>([
    ['a negative size', [{}, [{ ...first(1), compressed_page_size: -1 }]], /a page of -1 bytes/],
    ['a size beyond its chunk', [{}, [{ ...first(1), compressed_page_size: 100 }]], /a page of 100 bytes/],
    [
      'a size that fills all memory',
      [{}, [{ ...first(1), uncompressed_page_size: 2e9 }]],
      /2000000000 unpacked/,
    ],
    ['a negative unpacked size', [{}, [{ ...first(1), uncompressed_page_size: -5 }]], /-5 unpacked/],
    ['too many values', [{}, [first(1e9)]], /1000000000 values/],
    ['fewer values than none', [{}, [first(-1)]], /-1 values/],
    ['too many rows', [{}, [second({ num_rows: 1e9 })]], /1000000000 values/],
    ['levels beyond it', [{}, [second({ definition_levels_byte_length: 97 })]], /levels of 99 bytes/],
    ['levels before it', [{}, [second({ repetition_levels_byte_length: -1 })]], /levels of 1 bytes/],
    ['no room for levels', [{}, [second({ definition_levels_byte_length: -1 })]], /levels of 1 bytes/],
    [
      'a run without end',
      [{}, [first(10, 'RLE_DICTIONARY')], [1, 0xfe, 0xff, 0xff, 0xff, 7, 1]],
      /a run of 1073741823 values where 10/,
    ],
    [
      'a run before its beginning',
      [{}, [first(10, 'RLE_DICTIONARY')], [1, 0xff, 0xff, 0xff, 0xff, 0xf]],
      /a run of -8 values/,
    ],
    ['levels that run on', [nested, [first(9)], [2, 0, 0, 0, ...ten]], /a run of 10 values where 9/],
  ])('are refused with %s', (_, given, message) => {
    expect(() => check(...given)).toThrow(message)
  })

  it('have the levels of their place in the schema, and some for a place that is not there', () => {
    check({ path_in_schema: ['absent'] }, [first(10)], [2, 0, 0, 0, ...ten])
    expect(() => check({ path_in_schema: ['absent'] }, [first(9)], [2, 0, 0, 0, ...ten])).toThrow(/a run/)
    check({ path_in_schema: ['texts', 'other'] }, [first(10)], [2, 0, 0, 0, ...ten])
  })
})
