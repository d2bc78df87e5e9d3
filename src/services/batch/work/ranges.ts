import { AppError } from '../../../errors.ts'
import type { RecordPlace } from '../../../formats/text-records.ts'
import type { JobPlan } from '../plan/plan.ts'
import { redriveCommand } from '../plan/remedies.ts'
import { addCounts, type Checkpoint, NOTHING } from './checkpoint.ts'
import { FIRST_ROWS, type FirstRows } from './verdict.ts'

/** One piece of an object: the records that begin at `start` or later and before `end`. */
export interface JobRange {
  /** From 0, in the order of the file. */
  readonly number: number
  readonly start: number
  readonly end: number
  /** Position and line of its first record in the file; absent in files too large to be counted, where both count from here. */
  readonly index?: number | undefined
  readonly line?: number | undefined
}

/** Names of shards have five digits for the range. */
const MOST_RANGES = 100_000

/**
 * Bytes at which an object might be cut: every `rangeBytes`, or further apart where that would be too many ranges.
 *
 * @param bytes size of the object
 * @param rangeBytes wanted size of a range, at least 1
 */
export function planCuts(bytes: number, rangeBytes: number): number[] {
  const step = stepOf(bytes, rangeBytes)
  const cuts: number[] = []
  for (let cut = step; cut < bytes; cut += step) cuts.push(cut)
  return cuts
}

/** Bytes between cuts: `rangeBytes`, or more where that would be too many ranges. */
export function stepOf(bytes: number, rangeBytes: number): number {
  return Math.max(rangeBytes, Math.ceil(bytes / MOST_RANGES))
}

/** Ranges that cover an object once, cut at places of records, which come in order and without the first. */
export function cutAt(bytes: number, places: readonly RecordPlace[]): JobRange[] {
  return [{ start: 0, index: 0, line: 1 }, ...places].map((place, number) => ({
    number,
    ...place,
    end: places[number]?.start ?? bytes,
  }))
}

/**
 * Ranges that cover an object once, from the places where records begin. Cuts that fell into one record are one cut; a
 * cut at the end is none.
 *
 * @param boundaries beginnings of records, in any order
 */
export function toRanges(bytes: number, boundaries: readonly number[]): JobRange[] {
  const inner = boundaries.filter((cut) => cut > 0 && cut < bytes)
  const edges = [0, ...new Set(inner.sort((one, other) => one - other)), bytes]
  return edges.slice(0, -1).map((start, number) => ({ number, start, end: edges[number + 1]! }))
}

/** A piece of a file that is read as a whole. */
interface RangeGroup {
  readonly start: number
  /** Position of its first record in the file. */
  readonly firstRow: number
}

/**
 * Ranges that cover an object once, cut where groups of records begin, each of at least `rangeBytes` but the last.
 * Groups that do not lie one after another are one range.
 */
export function joinGroups(bytes: number, groups: readonly RangeGroup[], rangeBytes: number): JobRange[] {
  const inOrder = groups.every(({ start }, number) => number === 0 || start > groups[number - 1]!.start)
  const firstRows = new Map<number, number>([[0, 0]])
  let last = 0
  for (const { start, firstRow } of inOrder ? groups.slice(1) : []) {
    if (start - last < rangeBytes) continue
    firstRows.set(start, firstRow)
    last = start
  }
  return toRanges(bytes, [...firstRows.keys()]).map((range) => ({
    ...range,
    index: firstRows.get(range.start)!,
  }))
}

/** The last checkpoint of a range; `undefined` when none of its shards was written. */
export type RangeEnd = JobRange & { readonly checkpoint: Checkpoint | undefined }

/**
 * The ranges' checkpoints added up, once it is sure that every byte was worked on once.
 *
 * @throws AppError `artifact_missing` that names the first range which is missing, overlaps or is not done
 */
export function joinRanges(
  { id, bytes }: Pick<JobPlan, 'id' | 'bytes'>,
  ends: readonly RangeEnd[],
): Checkpoint {
  const incomplete = (number: number, what: string, restart = false) =>
    incompleteRange(id, number, what, restart)
  const sorted = [...ends].sort((one, other) => one.number - other.number)
  let position = 0
  sorted.forEach(({ number, start, end, checkpoint }, index) => {
    if (number !== index) throw incomplete(index, 'is missing', true)
    if (start !== position) throw incomplete(number, `begins at byte ${start} rather than ${position}`, true)
    if (checkpoint && !checkpoint.last)
      throw incomplete(number, `stopped at byte ${checkpoint.start} of ${end}`)
    if (!checkpoint && end > start) throw incomplete(number, 'has no shard')
    position = end
  })
  if (position !== bytes) throw incomplete(sorted.length, `is missing: bytes ${position} to ${bytes}`, true)
  return sorted
    .flatMap(({ checkpoint, ...range }) => (checkpoint ? [counted(checkpoint, range)] : []))
    .reduce(add, emptyEnd(bytes))
}

/** A checkpoint with the records and lines of its own range alone. */
function counted(checkpoint: Checkpoint, { index = 0, line = 1 }: Omit<JobRange, 'checkpoint'>): Checkpoint {
  return { ...checkpoint, index: checkpoint.index - index, line: checkpoint.line - line + 1 }
}

/** Ranges that do not fit the file never will; one that is not done goes on where it stopped. */
function incompleteRange(id: string, number: number, what: string, restart: boolean): AppError {
  return new AppError(
    'artifact_missing',
    `Range ${number} of the object ${what}; expected ranges that cover every byte once: ${redriveCommand(id, { split: true, restart })}.`,
    { details: { range: number } },
  )
}

/** The counts of several checkpoints; places in the file are not among them. */
export function addUp(checkpoints: readonly Checkpoint[]): Checkpoint {
  return checkpoints.reduce(add, emptyEnd(0))
}

function emptyEnd(bytes: number): Checkpoint {
  return { ...NOTHING, shards: 0, start: bytes, index: 0, line: 1, last: true }
}

function add(sum: Checkpoint, one: Checkpoint): Checkpoint {
  return {
    ...sum,
    codes: addCounts(sum.codes, one.codes),
    notes: addCounts(sum.notes, one.notes),
    shards: sum.shards + one.shards,
    index: sum.index + one.index,
    line: sum.line + one.line - 1,
    rows: sum.rows + one.rows,
    errors: sum.errors + one.errors,
    first: addFirst(sum.first, one.first),
    tokens: sum.tokens + one.tokens,
    truncated: sum.truncated + one.truncated,
    unknown: sum.unknown + one.unknown,
    blankLines: sum.blankLines + one.blankLines,
    retries: sum.retries + one.retries,
    workMs: sum.workMs + one.workMs,
    tokenizeMs: sum.tokenizeMs + one.tokenizeMs,
    inferenceMs: sum.inferenceMs + one.inferenceMs,
  }
}

/** Whole ranges, until there are enough of the first rows: the last of them may make it more. */
function addFirst(sum: FirstRows, one: FirstRows): FirstRows {
  if (sum.records >= FIRST_ROWS) return sum
  return { records: sum.records + one.records, errors: sum.errors + one.errors }
}
