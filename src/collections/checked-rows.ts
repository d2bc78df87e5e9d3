import { type Context, throwIfDone } from '../context.ts'
import type { IndexWrite } from './candidate-index.ts'
import { type CollectionRow, repeatedId, requireRow } from './write.ts'

/**
 * The rows of a collection that a database keeps, each looked at before it is sent. The ids of all rows are held, unless
 * the last one of an id counts.
 *
 * @throws AppError `invalid_request` for a wrong vector and an id that occurs twice, `deadline_exceeded` when the caller has gone
 */
export async function* checkedRows(
  rows: AsyncIterable<CollectionRow>,
  { model, repeatedIds }: IndexWrite,
  context: Context,
): AsyncGenerator<CollectionRow> {
  const ids = new Set<string>()
  for await (const row of rows) {
    throwIfDone(context)
    requireRow(row, model.dimensions)
    if (repeatedIds !== 'last') {
      if (ids.has(row.id)) throw repeatedId(row.id)
      ids.add(row.id)
    }
    yield row
  }
}
