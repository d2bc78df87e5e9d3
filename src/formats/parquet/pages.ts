import type { ColumnMetaData, CompressionCodec, Compressors, FileMetaData } from 'hyparquet'
import type { parquetHeader as ReadHeader } from 'hyparquet/src/column.js'
import { checksum } from './checksum.ts'

/** What the library reads pages with. */
export interface PageTools {
  /** Reads the header of a page and moves on behind it. */
  readonly readHeader: typeof ReadHeader
  readonly compressors: Compressors
}

/** Looks at the pages in bytes that were read from `start` of a file. */
export type PageCheck = (bytes: ArrayBuffer, start: number) => void

/** No writer makes pages of more values, or of more bytes. */
const MOST_VALUES = 1 << 24
const MOST_BYTES = 1024 ** 3

/** Pages of one column in one row group. */
interface Chunk {
  readonly start: number
  readonly end: number
  readonly codec: CompressionCodec
  readonly isBoolean: boolean
  /** The largest repetition and definition level. */
  readonly levels: readonly [number, number]
}

type Unpack = (packed: Uint8Array, length: number) => Uint8Array
type DataPageHeaderV2 = NonNullable<ReturnType<typeof ReadHeader>['data_page_header_v2']>

/** The parts of a page in which runs of values are counted. */
interface Page {
  readonly values: number
  readonly encoding: string | undefined
}

/**
 * A check of pages before the library decodes them: sizes and counts that a header makes up, and runs that are longer
 * than their page, would keep it busy for minutes or fill all memory. Bits that are wrong elsewhere make wrong values at
 * most, or an error of the library's own.
 *
 * Source: https://parquet.apache.org/docs/file-format/data-pages/
 *
 * @throws Error that says what is wrong
 */
export function createPageCheck(metadata: FileMetaData, tools: PageTools): PageCheck {
  const chunks = metadata.row_groups.flatMap(({ columns }) =>
    columns.flatMap(({ meta_data }) => (meta_data ? [chunkOf(meta_data, metadata)] : [])),
  )
  return (bytes, start) => {
    for (const chunk of chunks) {
      if (chunk.start < start || chunk.end > start + bytes.byteLength) continue
      checkChunk(new Uint8Array(bytes, chunk.start - start, chunk.end - chunk.start), chunk, tools)
    }
  }
}

function chunkOf(column: ColumnMetaData, { schema }: FileMetaData): Chunk {
  const start = Number(column.dictionary_page_offset || column.data_page_offset)
  const end = start + Number(column.total_compressed_size)
  return {
    start,
    end,
    codec: column.codec,
    isBoolean: column.type === 'BOOLEAN',
    levels: levelsOf(schema, column.path_in_schema),
  }
}

/** The schema is a tree written in depth-first order. */
function levelsOf(schema: FileMetaData['schema'], path: readonly string[]): readonly [number, number] {
  let [at, repetition, definition] = [0, 0, 0]
  for (const name of path) {
    let child = at + 1
    while (child < schema.length && schema[child]!.name !== name) child = behind(schema, child)
    const type = schema[child]?.repetition_type
    if (type === 'REPEATED') repetition++
    if (type !== 'REQUIRED') definition++
    at = child
  }
  return [repetition, definition]
}

/** The place of what follows a node and everything below it. */
function behind(schema: FileMetaData['schema'], at: number): number {
  let next = at + 1
  for (let left = schema[at]?.num_children ?? 0; left > 0 && next < schema.length; left--) {
    next = behind(schema, next)
  }
  return next
}

function checkChunk(bytes: Uint8Array, chunk: Chunk, { readHeader, compressors }: PageTools): void {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 }
  const unpack: Unpack = (packed, length) => compressors[chunk.codec]?.(packed, length) ?? packed
  while (reader.offset < bytes.length - 1) {
    const header = readHeader(reader)
    const { compressed_page_size: size, uncompressed_page_size: unpackedSize } = header
    refuseUnless(size >= 0 && size <= bytes.length - reader.offset, `a page of ${size} bytes`)
    refuseUnless(unpackedSize >= 0 && unpackedSize <= MOST_BYTES, `a page of ${unpackedSize} unpacked bytes`)
    const payload = bytes.subarray(reader.offset, reader.offset + size)
    reader.offset += size
    const isWhole = header.crc === undefined || checksum(payload) === header.crc >>> 0
    refuseUnless(isWhole, 'a page whose bytes do not match its checksum')
    const { data_page_header: one, data_page_header_v2: two, dictionary_page_header: dictionary } = header
    checkCount(one?.num_values ?? two?.num_values ?? dictionary?.num_values ?? 0)
    if (one) checkFirstVersion(unpack(payload, unpackedSize), { ...one, values: one.num_values }, chunk)
    if (two) checkSecondVersion(payload, { ...two, values: two.num_values, unpackedSize, unpack }, chunk)
  }
}

/** Levels stand before the values, each kind behind its length. */
function checkFirstVersion(bytes: Uint8Array, page: Page, chunk: Chunk): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let offset = 0
  for (const most of chunk.levels) {
    if (most === 0) continue
    checkRuns(bytes, offset + 4, widthOf(most), page.values)
    offset += 4 + view.getUint32(offset, true)
  }
  checkValues(bytes, offset, page, chunk)
}

/** Levels are never packed, and the header has their lengths. */
function checkSecondVersion(
  payload: Uint8Array,
  { unpackedSize, unpack, ...page }: Page & DataPageHeaderV2 & { unpackedSize: number; unpack: Unpack },
  chunk: Chunk,
): void {
  const { repetition_levels_byte_length: one, definition_levels_byte_length: other } = page
  const begin = one + other
  refuseUnless(one >= 0 && other >= 0 && begin <= payload.length, `levels of ${begin} bytes`)
  checkCount(page.num_rows)
  const [repetition, definition] = chunk.levels
  if (repetition > 0) checkRuns(payload, 0, widthOf(repetition), page.values)
  if (definition > 0) checkRuns(payload, one, widthOf(definition), page.values)
  const rest = payload.subarray(begin)
  checkValues(page.is_compressed === false ? rest : unpack(rest, unpackedSize - begin), 0, page, chunk)
}

function checkValues(
  bytes: Uint8Array,
  start: number,
  { encoding, values }: Page,
  { isBoolean }: Chunk,
): void {
  if (encoding === undefined || !/DICTIONARY$|^RLE$/.test(encoding)) return
  if (isBoolean) checkRuns(bytes, start + 4, 1, values)
  else checkRuns(bytes, start + 1, bytes[start] ?? 0, values)
}

/**
 * Runs of one value, or of values in `width` bits each, that together are `values`. Of the latter, which end with their
 * bytes at the latest, some writers fill up the last one.
 */
function checkRuns(bytes: Uint8Array, start: number, width: number, values: number): void {
  let [offset, left] = [start, values]
  while (left > 0 && width > 0 && offset < bytes.length) {
    let header = 0
    let byte = 0x80
    for (let shift = 0; byte & 0x80; shift += 7) {
      byte = bytes[offset++] ?? 0
      header |= (byte & 0x7f) << shift
    }
    const packed = (header & 1) === 1
    const count = packed ? (header >> 1) << 3 : header >>> 1
    refuseUnless(count >= 0 && (packed || count <= left), `a run of ${count} values where ${left} are left`)
    offset += packed ? (count * width) / 8 : (width + 7) >> 3
    left -= count
  }
}

function widthOf(most: number): number {
  return 32 - Math.clz32(most)
}

function checkCount(count: number): void {
  refuseUnless(count >= 0 && count <= MOST_VALUES, `a page of ${count} values`)
}

function refuseUnless(sound: boolean, what: string): void {
  if (!sound) throw new Error(`it has ${what}`)
}
