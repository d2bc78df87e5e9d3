import type { AsyncBuffer, Compressors, FileMetaData, ParquetScan } from 'hyparquet'
import { AppError } from '../../errors.ts'
import type { ByteSource } from '../byte-source.ts'
import { cellMaker } from './cells.ts'
import { createPageCheck, type PageCheck } from './pages.ts'
import { type ParquetNode, plainParquet } from './tree.ts'

/** A row group of a Parquet file. */
export interface ParquetGroup {
  /** Bytes of its columns. */
  readonly start: number
  readonly end: number
  /** Position of its first row among all rows, and their number. */
  readonly firstRow: number
  readonly rows: number
}

/** A Parquet file whose footer has been read. */
export interface ParquetFile {
  readonly columns: readonly string[]
  /** What each column holds. */
  readonly schema: readonly ParquetNode[]
  /** In the order of the rows. */
  readonly groups: readonly ParquetGroup[]
  /** The cells of a column in one group, as `ToCell` describes them. */
  readColumn(column: string, group: ParquetGroup): Promise<unknown[]>
}

/** A group is held in memory as a whole; these bound what a damaged or hostile footer can ask for. */
const MOST_GROUP_BYTES = 1024 ** 3
const MOST_GROUP_ROWS = 1 << 24
/** Two marks, and the length of the footer. */
const FEWEST_BYTES = 12

/**
 * LZ4 packs an empty input, the dictionary of a column of nulls, as one byte, and the library fails to unpack that
 * byte.
 */
function sureOfNothing(compressors: Compressors): Compressors {
  const unpackers = Object.entries(compressors).map(([codec, unpack]) => {
    const sure: typeof unpack = (packed, bytes) => (bytes === 0 ? new Uint8Array() : unpack(packed, bytes))
    return [codec, sure]
  })
  return Object.fromEntries(unpackers)
}

/**
 * Reads the footer of a Parquet file; columns of row groups are read when they are asked for.
 *
 * @throws AppError `invalid_request` for a file that is damaged or has two columns of one name, `payload_too_large` for row groups that are too large
 * to be held in memory; what reading the source throws
 */
export async function openParquet(source: ByteSource): Promise<ParquetFile> {
  const { parquetMetadataAsync, parquetScan } = await import('hyparquet')
  const { parquetHeader: readHeader } = await import('hyparquet/src/column.js')
  const compressors = sureOfNothing((await import('hyparquet-compressors')).compressors)
  let check: PageCheck | undefined
  const file: AsyncBuffer = {
    byteLength: source.bytes,
    async slice(start, end = source.bytes) {
      const bytes = await readRange(source, start, end)
      check?.(bytes, start)
      return bytes
    },
  }
  return sound(async () => {
    if (source.bytes < FEWEST_BYTES) throw new Error(`it has ${source.bytes} bytes`)
    const {
      metadata,
      columns: schema,
      fields,
    } = plainParquet(await parquetMetadataAsync(file, { geoparquet: false }))
    const columns = schema.map(({ name }) => name)
    refuseTwins(columns)
    const groups = groupsOf(metadata, source.bytes)
    check = createPageCheck(metadata, { readHeader, compressors })
    const parsers = { timestampFromNanoseconds: asIs }
    const options = { file, metadata, compressors, parsers, utf8: false, useOffsetIndex: false }
    const scan: ParquetScan = await parquetScan(options)
    return {
      columns,
      schema,
      groups,
      readColumn: (name, { firstRow, rows }) =>
        sound(async () => {
          const at = columns.indexOf(name)
          const range = { column: fields[at]!, rowStart: firstRow, rowEnd: firstRow + rows }
          return Array.from(await scan.readColumn(range), cellMaker(schema[at]!))
        }),
    }
  })
}

/** Times of 96 bits come as nanoseconds since 1970. */
function asIs(nanoseconds: bigint): bigint {
  return nanoseconds
}

function refuseTwins(columns: readonly string[]): void {
  const twin = columns.find((name, index) => columns.indexOf(name) < index)
  if (twin === undefined) return
  const name = twin.slice(0, 100)
  throw new AppError(
    'invalid_request',
    `The Parquet file has two columns named ${name}; expected each name once; rename one of them.`,
    { details: { column: name } },
  )
}

function groupsOf({ row_groups }: FileMetaData, bytes: number): ParquetGroup[] {
  let firstRow = 0
  return row_groups.map(({ columns, num_rows, total_byte_size }, number) => {
    const rows = Number(num_rows)
    // That there are any has been checked.
    const places = columns.map(({ meta_data }) => meta_data!)
    const starts = places.map((one) => Number(one.dictionary_page_offset ?? one.data_page_offset))
    const start = Math.min(...starts)
    const end = Math.max(...places.map((one, index) => starts[index]! + Number(one.total_compressed_size)))
    if (!(rows >= 0 && start >= 0 && start <= end && end <= bytes)) {
      throw new Error(`row group ${number} lies outside of the file`)
    }
    if (Number(total_byte_size) > MOST_GROUP_BYTES || rows > MOST_GROUP_ROWS) throw tooLarge(number, rows)
    const group = { start, end, firstRow, rows }
    firstRow += rows
    return group
  })
}

async function readRange(source: ByteSource, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(0, Math.min(end, source.bytes) - start))
  let position = 0
  for await (const chunk of await source.read(start, start + bytes.length)) {
    bytes.set(chunk, position)
    position += chunk.length
  }
  return bytes.buffer
}

/** An error of the library means that the file is damaged; an error of reading the source is passed on. */
async function sound<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const reason = (cause as Error).message.slice(0, 200)
    throw new AppError(
      'invalid_request',
      `The file is no whole Parquet file: ${reason}; write and send it again.`,
      {
        cause,
      },
    )
  }
}

function tooLarge(number: number, rows: number): AppError {
  return new AppError(
    'payload_too_large',
    `Row group ${number} of the Parquet file has ${rows} rows and does not fit into memory; expected ${MOST_GROUP_BYTES} bytes and ${MOST_GROUP_ROWS} rows at most; write smaller row groups.`,
    { details: { group: number } },
  )
}
