import { type Context, throwIfDone } from '../../context.ts'
import { once } from '../../once.ts'
import type { ByteSource } from '../byte-source.ts'
import { stringifyExactJson } from '../exact-json.ts'
import { type ReadFrom, type RecordReader, type SourceRecord, UnreadableValue } from '../record.ts'
import { storedMaker, type ToCell } from './cells.ts'
import { readableMaker } from './readable.ts'
import { openParquet, type ParquetFile, type ParquetGroup } from './source.ts'

const LONGEST_RAW = 4096
/** The caller's time is looked at so often. */
const ROWS_AT_ONCE = 1024

/**
 * Rows of a Parquet file. A row is found by its position alone, `index`; of `start` and `end` its row group's bytes are
 * told, and with `end` reading stops before the first row group that begins there.
 *
 * @param values `readable`: as JSON has them; `stored`: cells, to be written to another Parquet file
 */
export function readParquetRecords(
  source: ByteSource,
  values: 'readable' | 'stored' = 'readable',
): RecordReader {
  const open = once(() => openParquet(source))
  return {
    async *read({ index, end = Number.POSITIVE_INFINITY }: ReadFrom, context: Context) {
      const file = await open()
      for (const group of file.groups) {
        const groupEnd = group.firstRow + group.rows
        if (groupEnd <= index || group.start >= end) continue
        throwIfDone(context)
        const from = Math.max(index, group.firstRow)
        yield* recordsOf({ file, group, values }, from, context)
      }
    },
  }
}

interface Reading {
  readonly file: ParquetFile
  readonly group: ParquetGroup
  readonly values: 'readable' | 'stored'
}

/** One group's columns are in memory at a time; its rows are put together one by one. */
async function* recordsOf(
  { file, group, values }: Reading,
  from: number,
  context: Context,
): AsyncGenerator<SourceRecord, void> {
  const columns = await Promise.all(
    file.schema.map(async (node) => {
      const cells = await file.readColumn(node.name, group)
      return [
        node.name,
        cells,
        values === 'stored' ? storedMaker(node) : orUnreadable(readableMaker(node)),
      ] as const
    }),
  )
  for (let row = from - group.firstRow; row < group.rows; row++) {
    if (row % ROWS_AT_ONCE === 0) throwIfDone(context)
    const fields = Object.fromEntries(columns.map(([name, cells, make]) => [name, make(cells[row])]))
    yield toRecord(fields, group.firstRow + row, group)
  }
}

function orUnreadable(make: ToCell): ToCell {
  return (cell) => {
    if (cell instanceof UnreadableValue) return cell
    try {
      return make(cell)
    } catch {
      // Such as a decimal in a column of booleans, or a UUID of three bytes.
      return new UnreadableValue('holds a value that does not fit the type of its column')
    }
  }
}

function toRecord(
  fields: Record<string, unknown>,
  index: number,
  { start, end }: ParquetGroup,
): SourceRecord {
  return {
    index,
    line: index + 1,
    start,
    end,
    fields,
    /** Made only for a row that fails. */
    get raw() {
      return stringifyExactJson(fields).slice(0, LONGEST_RAW)
    },
  }
}
