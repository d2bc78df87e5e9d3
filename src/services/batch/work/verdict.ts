import { AppError } from '../../../errors.ts'
import type { SourceRecord } from '../../../formats/record.ts'
import type { JobPlan } from '../plan/plan.ts'
import { MAX_ERROR_SHARE } from '../plan/settings.ts'
import type { RowProblem } from '../rows/row.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { ErrorReason } from './reasons.ts'

/** Rows at the beginning of a file that say whether it and its settings fit each other. */
export const FIRST_ROWS = 1000

/** How many of the first rows have been looked at, and how many of those failed. */
export type FirstRows = Checkpoint['first']

/** Counts on, with the rows that follow; problems are in the order of the rows. */
export function countFirst(
  first: FirstRows,
  records: readonly SourceRecord[],
  problems: readonly RowProblem[],
): FirstRows {
  const seen = records.slice(0, FIRST_ROWS - first.records)
  const last = seen.at(-1)
  if (!last) return first
  const errors = problems.filter(({ record }) => record.index <= last.index).length
  return { records: first.records + seen.length, errors: first.errors + errors }
}

/** What is wrong with a job as a whole. */
type Verdict = 'allFailed' | 'manyFailed'

/**
 * Whether a job has failed although its rows could be worked through. It follows from a checkpoint alone, so that
 * every worker decides the same, whichever wrote the shard.
 */
export function verdictOf(
  { maxErrorShare = MAX_ERROR_SHARE }: Pick<JobPlan, 'maxErrorShare'>,
  { rows, errors, first, last }: Pick<Checkpoint, 'rows' | 'errors' | 'first' | 'last'>,
): Verdict | undefined {
  if (last && rows === 0 && errors > 0) return 'allFailed'
  const known = last || first.records >= FIRST_ROWS
  return known && first.errors > maxErrorShare * first.records ? 'manyFailed' : undefined
}

/** The sentence of a verdict. Rows that were embedded stay where they are. */
export function failureOf(
  verdict: Verdict,
  { maxErrorShare = MAX_ERROR_SHARE }: Pick<JobPlan, 'maxErrorShare'>,
  { errors, first }: Pick<Checkpoint, 'errors' | 'first'>,
  reasons: readonly ErrorReason[],
): AppError {
  const [reason] = reasons
  const commonest = reason
    ? `; the commonest error (${count(reason.count)}, first in line ${reason.line}): ${reason.message}`
    : '.'
  const all = errors === 1 ? 'The only row failed' : `All ${errors.toLocaleString('en-US')} rows failed`
  const some = `${first.errors.toLocaleString('en-US')} of the first ${count(first.records)} failed, more than the setting maxErrorShare allows (${maxErrorShare})`
  const remedy =
    verdict === 'allFailed'
      ? 'Correct the file or its settings and run it again.'
      : 'Correct the file or its settings and run it again, or set maxErrorShare to 1 to have the other rows all the same.'
  return new AppError('invalid_request', `${verdict === 'allFailed' ? all : some}${commonest} ${remedy}`, {
    details: { verdict, errors, ...(reason && { reason: reason.code, line: reason.line }) },
  })
}

function count(rows: number): string {
  return `${rows.toLocaleString('en-US')} row${rows === 1 ? '' : 's'}`
}
