import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import type { ByteSource } from './byte-source.ts'
import { readParquetRecords } from './parquet-records.ts'
import type { RecordReader } from './record.ts'
import { findTextPlaces, type RecordPlace, readTextRecords, type TextFormat } from './text-records.ts'
import type { Compression } from './unpack.ts'

/** How a file is read. */
export interface RecordOptions {
  readonly compression?: Compression
  /** Of Parquet: as JSON has them, `readable` when absent, or as they are `stored`, to be written to Parquet. */
  readonly values?: 'readable' | 'stored'
  /** A longer record becomes one that cannot be read; 8 MB when absent. */
  readonly maxRecordBytes?: number
}

const MAX_RECORD_BYTES = 8 * 1024 * 1024

/**
 * The reader of a file's records. It reads one after another and holds one chunk and one record at a time, whatever
 * the size of the file.
 *
 * @throws AppError `invalid_request` for a Parquet file that is packed once more
 */
export function createRecordReader(
  format: 'lines' | 'jsonl' | 'csv' | 'tsv' | 'parquet',
  source: ByteSource,
  { compression = 'none', maxRecordBytes = MAX_RECORD_BYTES, values = 'readable' }: RecordOptions = {},
): RecordReader {
  if (format !== 'parquet') return readTextRecords(format, source, { compression, maxRecordBytes })
  if (compression === 'none') return readParquetRecords(source, values)
  throw new AppError(
    'invalid_request',
    `A Parquet file is read from its end, and cannot be when it is packed with ${compression}; send it as it is.`,
  )
}

/** Where an unpacked text can be cut into pieces of about `everyBytes`; reads all of it, one chunk at a time. */
export function findRecordPlaces(
  format: TextFormat,
  source: ByteSource,
  everyBytes: number,
  context: Context,
): AsyncIterable<RecordPlace> {
  const options = { compression: 'none', maxRecordBytes: MAX_RECORD_BYTES, everyBytes } as const
  return findTextPlaces(format, source, options, context)
}
