import type { Context } from '../../../context.ts'
import { stringifyExactJson } from '../../../formats/exact-json.ts'
import type { Matrix } from '../../../vector/matrix.ts'
import type { JobPlan } from '../plan/plan.ts'
import { marksOf, ownColumns } from '../rows/row-lines.ts'
import type { ShardFormat } from './shard-format.ts'

/** One member of a collection, as near to a query as `score` says. */
interface CollectionMatch {
  readonly id: string
  readonly score: number
}

/** A collection that many queries are put to at once. */
interface CollectionSearch {
  /**
   * The best `top` members for each row of `queries`, best first.
   *
   * @throws AppError `invalid_request` when the collection was made with another model or other dimensions
   */
  search(
    queries: Matrix,
    top: number,
    context: Context,
  ): Promise<{
    /** Whether no better member can have been missed. */
    readonly exact: boolean
    readonly matches: readonly (readonly CollectionMatch[])[]
  }>
}

/** Shards of a `match` job: JSON lines with the row's columns and its matches in place of its vector. */
export function createMatchFormat({ top }: JobPlan, collection: CollectionSearch): ShardFormat {
  return {
    extension: 'jsonl',
    open() {
      let text = ''
      return {
        async add(rows, vectors, context) {
          const { matches, exact } = await collection.search(vectors, top, context)
          const how = exact ? {} : { approximate: true }
          for (const finished of rows) {
            const { row, first } = finished
            const { index } = row.record
            text += `${stringifyExactJson({ index, ...ownColumns(row.columns), matches: matches[first], ...how, ...marksOf(finished, 0) })}\n`
          }
        },
        finish: async () => Buffer.from(text),
      }
    },
  }
}
