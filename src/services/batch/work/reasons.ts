import { createHash } from 'node:crypto'
import type { Context } from '../../../context.ts'
import type { Store } from '../../../storage/store.ts'
import type { ShardKeys } from '../plan/job-keys.ts'
import type { RowProblem } from '../rows/row.ts'
import type { Checkpoint } from './checkpoint.ts'

/** Reasons that are told apart in one job or range: with their counts they take 500 bytes of a shard's 2 kB. */
const MOST_REASONS = 20
const HASH_DIGITS = 8
const MOST_ROW_CHARACTERS = 200

/** How often rows failed for one reason, and the shard whose error rows have the first of them, by a hash of it. */
type Reasons = Readonly<Record<string, [count: number, shard: number]>>

/** Why rows failed, once for all rows that failed for it. */
export interface ErrorReason {
  readonly code: string
  /** Of the first such row; those of others may differ in numbers and in what is quoted. */
  readonly message: string
  readonly count: number
  /** The first such row. */
  readonly line: number
  readonly index: number
  /** As it was written, cut to 200 characters. */
  readonly row: string
}

/** The shards of a job, or of one of its ranges, with the last checkpoint. */
export interface CountedShards {
  readonly keys: ShardKeys
  readonly checkpoint: Checkpoint
}

/** What a message has in common with those of other rows, as a short name. */
export function reasonOf({ code, message }: { readonly code: string; readonly message: string }): string {
  const common = message.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\d+(?:\.\d+)?/g, '0')
  const hash = createHash('sha256').update(`${code} ${common}`).digest('hex')
  // A name of digits alone would lose its place in the order of an object.
  return `r${hash.slice(0, HASH_DIGITS)}`
}

/** Counts on. Of more reasons than there is room for, the later ones are counted among the errors alone. */
export function countReasons(before: Reasons, problems: readonly RowProblem[], shard: number): Reasons {
  if (problems.length === 0) return before
  const reasons: Record<string, [number, number]> = { ...before }
  for (const problem of problems) {
    const reason = reasonOf(problem)
    const known = reasons[reason]
    if (known) reasons[reason] = [known[0] + 1, known[1]]
    else if (Object.keys(reasons).length < MOST_REASONS) reasons[reason] = [1, shard]
  }
  return reasons
}

/**
 * The reasons of a job's errors, the commonest first. Counts are those of the checkpoints, which never count a row
 * twice; what a reason says is read from the error rows, at most one object for each reason.
 *
 * @param shards in the order of the file
 */
export async function readReasons(
  store: Store,
  shards: readonly CountedShards[],
  context: Context,
): Promise<ErrorReason[]> {
  const wanted = [...merge(shards)].sort(([, one], [, other]) => other.count - one.count)
  const found: ErrorReason[] = []
  for (const [reason, { count, key }] of wanted.slice(0, MOST_REASONS)) {
    const row = await findRow(store, key, reason, context)
    if (row) found.push({ ...row, count })
  }
  return found
}

interface Place {
  count: number
  /** Of the error rows that have the first one. */
  readonly key: string
}

function merge(shards: readonly CountedShards[]): Map<string, Place> {
  const places = new Map<string, Place>()
  for (const { keys, checkpoint } of shards) {
    for (const [reason, [count, shard]] of Object.entries(checkpoint.reasons)) {
      const known = places.get(reason)
      if (known) known.count += count
      else places.set(reason, { count, key: keys.errors(shard) })
    }
  }
  return places
}

async function findRow(
  store: Store,
  key: string,
  reason: string,
  context: Context,
): Promise<Omit<ErrorReason, 'count'> | undefined> {
  for await (const line of linesOf(await store.read(key, undefined, context))) {
    const { code, message, line: number, index, row = '' } = JSON.parse(line)
    if (reasonOf({ code, message }) !== reason) continue
    return { code, message, line: number, index, row: String(row).slice(0, MOST_ROW_CHARACTERS) }
  }
  return undefined
}

async function* linesOf(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    yield* lines
  }
  if (rest !== '') yield rest
}
