import type { Found } from '../../../collections/candidate-index.ts'
import type { Context } from '../../../context.ts'
import { stringifyExactJson } from '../../../formats/exact-json.ts'
import type { Matrix } from '../../../vector/matrix.ts'
import type { JobPlan } from '../plan/plan.ts'
import { type FinishedRow, marksOf, ownColumns } from '../rows/row-lines.ts'
import type { JudgeMatches } from './judge-rows.ts'
import type { ShardFormat } from './shard-format.ts'

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
    readonly matches: readonly (readonly Found[])[]
  }>
}

/**
 * Shards of a `match` job: JSON lines with the row's columns and its matches in place of its vector.
 *
 * @param judge orders the best matches of each row anew; absent in a job without a judge
 */
export function createMatchFormat(
  { top, judge: planned }: JobPlan,
  collection: CollectionSearch,
  judge?: JudgeMatches,
): ShardFormat {
  const count = Math.max(top, planned?.top ?? 0)
  return {
    extension: 'jsonl',
    open() {
      let text = ''
      const notes: Record<string, number> = {}
      const judgeRow = async (finished: FinishedRow, found: readonly Found[], context: Context) => {
        const [input] = finished.row.inputs
        if (!judge || typeof input !== 'string')
          return { matches: found.map(({ id, score }) => ({ id, score })) }
        const judged = await judge(input, found, context)
        for (const kind of new Set(judged.notes.map((note) => note.kind)))
          notes[kind] = (notes[kind] ?? 0) + 1
        const warnings = judged.notes.map(({ sentence }) => sentence)
        return { matches: judged.matches, ...(warnings.length > 0 && { warnings }) }
      }
      return {
        async add(rows, vectors, context) {
          const { matches, exact } = await collection.search(vectors, count, context)
          const how = exact ? {} : { approximate: true }
          for (const finished of rows) {
            const { row, first } = finished
            const judged = await judgeRow(finished, matches[first]!, context)
            const { index } = row.record
            const found = { ...judged, matches: judged.matches.slice(0, top) }
            text += `${stringifyExactJson({ index, ...ownColumns(row.columns), ...found, ...how, ...marksOf(finished, 0) })}\n`
          }
        },
        notes: () => notes,
        finish: async () => Buffer.from(text),
      }
    },
  }
}
