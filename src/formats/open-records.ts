import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import type { ByteSource } from './byte-source.ts'
import type { FileLayout } from './file-layout.ts'
import { readParquetRecords } from './parquet/records.ts'
import type { RecordReader } from './record.ts'
import { findTextPlaces, type RecordPlace, readTextRecords } from './text-records.ts'

/** How a file is read. */
export interface RecordOptions {
  /** Of Parquet: as JSON has them, `readable` when absent, or as they are `stored`, to be written to Parquet. */
  readonly values?: 'readable' | 'stored'
  /** A longer record becomes one that cannot be read; 8 MB when absent. */
  readonly maxRecordBytes?: number
}

/** A longer record becomes one that cannot be read, unless it is said otherwise. */
export const MAX_RECORD_BYTES = 8 * 1024 * 1024

/**
 * The reader of a file's records. It reads one after another and holds one chunk and one record at a time, whatever
 * the size of the file.
 *
 * @param maxRecordBytes a longer record becomes one that cannot be read
 * @throws AppError `invalid_request` for a Parquet file that is packed once more
 */
export function createRecordReader(
  layout: FileLayout,
  source: ByteSource,
  { maxRecordBytes = MAX_RECORD_BYTES, values = 'readable' }: RecordOptions = {},
): RecordReader {
  if (layout.format !== 'parquet') return readTextRecords({ layout, source, maxRecordBytes })
  if (layout.compression === 'none') return readParquetRecords(source, values)
  throw new AppError(
    'invalid_request',
    `A Parquet file is read from its end, and cannot be when it is packed with ${layout.compression}; send it as it is.`,
  )
}

/** Where an unpacked text in UTF-8 can be cut into pieces of about `everyBytes`; reads all of it, one chunk at a time. */
export function findRecordPlaces(
  layout: FileLayout,
  source: ByteSource,
  everyBytes: number,
  context: Context,
): AsyncIterable<RecordPlace> {
  return findTextPlaces({ layout, source, maxRecordBytes: MAX_RECORD_BYTES }, everyBytes, context)
}
