import { AppError } from '../errors.ts'
import type { RecordReader } from './record.ts'
import { readTextRecords } from './text-records.ts'

/** The bytes of a file, by range. */
export interface ByteSource {
  readonly bytes: number
  read(start: number, end: number): AsyncIterable<Uint8Array> | Promise<ReadableStream<Uint8Array>>
}

/** How a file is read. */
export interface RecordOptions {
  readonly compression?: 'none' | 'gzip' | 'zstd'
  readonly maxRecordBytes?: number
}

/** The reader of a format. */
export function createRecordReader(
  format: 'lines' | 'jsonl' | 'csv' | 'tsv' | 'parquet',
  source: ByteSource,
  options: RecordOptions = {},
): RecordReader {
  if ((format === 'lines' || format === 'jsonl') && (options.compression ?? 'none') === 'none') {
    return readTextRecords(format, source, options.maxRecordBytes)
  }
  throw new AppError('invalid_request', `Files of ${format} cannot be read yet; send JSON lines.`)
}
