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

/** Checks a chunk of 100 bytes that begins with `content`; each page has these headers of one byte. */
function check(
  chunk: Partial<ColumnMetaData>,
  headers: Partial<Header>[],
  content: number[] = [],
  codecs = {},
) {
  const bytes = new Uint8Array(104)
  bytes.set(content, 5)
  const left = headers.map((header) => ({ uncompressed_page_size: 98, compressed_page_size: 98, ...header }))
  const readHeader: PageTools['readHeader'] = (reader) => {
    reader.offset += 1
    return left.shift() as Header
  }
  createPageCheck(metadataOf(chunk), { readHeader, compressors: codecs })(bytes.buffer, 0)
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
  it('are let through when their numbers fit', () => {
    check({}, [first(10)])
    check({}, [
      { ...first(5), compressed_page_size: 48 },
      { ...first(5), compressed_page_size: 49 },
    ])
    check({}, [{ dictionary_page_header: { num_values: 3 } as never }])
    check({}, [first(10, 'RLE_DICTIONARY')], [2, ...ten])
    check({}, [first(10, 'PLAIN_DICTIONARY')], [0])
    check({ type: 'BOOLEAN' }, [first(10, 'RLE')], [2, 0, 0, 0, ...ten])
    check({}, [{}])
    check(nested, [first(10, 'PLAIN')], [2, 0, 0, 0, ...ten, 2, 0, 0, 0, ...ten])
    check(nested, [second({})], [...ten, ...ten, 1, ...ten])
    check({}, [second({ is_compressed: false })], [0, 0, 0, 0, 1, ...ten])
    check({}, [second({ encoding: undefined })])
    check({ codec: 'LZO' }, [second({})], [0, 0, 0, 0, 1, ...ten])
    check({ codec: 'GZIP' }, [first(10, 'RLE_DICTIONARY')], [], { GZIP: () => Uint8Array.of(1, ...ten) })
    // What ends too early is the library's to find.
    check({ path_in_schema: ['texts'] }, [first(10, 'RLE_DICTIONARY')], [200, 0, 0, 0, ...ten])
    check({ codec: 'GZIP' }, [first(10, 'RLE_DICTIONARY')], [], { GZIP: () => Uint8Array.of(1, 0x80) })
    // Filled up by a writer: eight values in bits where three are left.
    check({}, [first(3, 'RLE_DICTIONARY')], [1, 3, 0b101])
  })

  it('are not looked at in bytes that do not hold all of them', () => {
    check({ total_compressed_size: 101n }, [])
    check({ data_page_offset: 5n }, [])
    check({ dictionary_page_offset: 5n }, [])
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
