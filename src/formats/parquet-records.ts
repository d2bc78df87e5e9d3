import { type Context, throwIfDone } from '../context.ts'
import type { ByteSource } from './byte-source.ts'
import { openParquet, type ParquetFile, type ParquetGroup } from './parquet-source.ts'
import type { ReadFrom, RecordReader, SourceRecord } from './record.ts'

const LONGEST_RAW = 4096
/** The caller's time is looked at so often. */
const ROWS_AT_ONCE = 1024

/**
 * Rows of a Parquet file. A row is found by its position alone, `index`; of `start` and `end` its row group's bytes are
 * told, and with `end` reading stops before the first row group that begins there.
 */
export function readParquetRecords(source: ByteSource): RecordReader {
  let opened: Promise<ParquetFile> | undefined
  return {
    async *read({ index, end = Number.POSITIVE_INFINITY }: ReadFrom, context: Context) {
      opened ??= openParquet(source)
      const file = await opened
      for (const group of file.groups) {
        const groupEnd = group.firstRow + group.rows
        if (groupEnd <= index || group.start >= end) continue
        throwIfDone(context)
        yield* rowsOf(file, group, Math.max(index, group.firstRow), context)
      }
    },
  }
}

/** One group's columns are in memory at a time; its rows are put together one by one. */
async function* rowsOf(
  file: ParquetFile,
  group: ParquetGroup,
  from: number,
  context: Context,
): AsyncGenerator<SourceRecord, void> {
  const columns = await Promise.all(
    file.columns.map(async (name) => [name, await file.readColumn(name, group)] as const),
  )
  for (let row = from - group.firstRow; row < group.rows; row++) {
    if (row % ROWS_AT_ONCE === 0) throwIfDone(context)
    const fields = Object.fromEntries(columns.map(([name, values]) => [name, values[row]]))
    yield toRecord(fields, group.firstRow + row, group)
  }
}

function toRecord(
  fields: Record<string, unknown>,
  index: number,
  { start, end }: ParquetGroup,
): SourceRecord {
  return {
    ...{ index, line: index + 1, start, end, fields },
    /** Made only for a row that fails. */
    get raw() {
      return JSON.stringify(fields, (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      ).slice(0, LONGEST_RAW)
    },
  }
}
