import * as v from 'valibot'
import type { Context } from '../../../context.ts'
import { AppError } from '../../../errors.ts'
import type { Store } from '../../../storage/store.ts'

const whole = v.pipe(v.number(), v.integer(), v.minValue(0))

const checkpointSchema = v.object({
  /** Shards written, this one included: the number of the next one. */
  shards: whole,
  /** Where the next record begins: byte of the unpacked text, position among the records, line. */
  start: whole,
  index: whole,
  line: whole,
  /** Whether there is no record left. */
  last: v.boolean(),
  /** Everything that the job has done up to here. */
  rows: whole,
  errors: whole,
  codes: v.record(v.string(), whole),
  tokens: whole,
  truncated: whole,
  /** Rows with an input of which the model knows no token. */
  unknown: v.optional(whole, 0),
  retries: whole,
  /** Milliseconds of work, and of those in the tokenizer and the model. */
  workMs: whole,
  tokenizeMs: whole,
  inferenceMs: whole,
  /** Error rows of the shard that holds this checkpoint. */
  shardErrors: whole,
  /** Blank lines, which are no records. */
  blankLines: v.optional(whole, 0),
  /** How the first thousand records fared: see verdict.ts. */
  first: v.optional(v.object({ records: whole, errors: whole }), { records: 0, errors: 0 }),
  /** What was said of rows that were judged, by kind, and of how many: see services/judge/notes.ts. */
  notes: v.optional(v.record(v.string(), whole), {}),
  /** By reason, how many rows failed for it and which shard has the first of them: see reasons.ts. */
  reasons: v.optional(v.record(v.string(), v.tuple([whole, whole])), {}),
})

/** How far a job has come. It is kept as metadata of the last shard: there is no other record of it. */
export type Checkpoint = v.InferOutput<typeof checkpointSchema>

/** The counts of a checkpoint before the first shard. */
export const NOTHING = {
  rows: 0,
  errors: 0,
  codes: {},
  tokens: 0,
  truncated: 0,
  unknown: 0,
  retries: 0,
  shardErrors: 0,
  blankLines: 0,
  workMs: 0,
  tokenizeMs: 0,
  inferenceMs: 0,
  first: { records: 0, errors: 0 },
  notes: {},
  reasons: {},
} as const

/** Nothing done yet, from the record at position `index` that begins at `start` in `line`. */
export function startingAt(start = 0, index = 0, line = 1): Checkpoint {
  return { shards: 0, start, index, line, last: false, ...NOTHING }
}

/** Counts by name, of both together. */
export function addCounts(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum: Record<string, number> = { ...one }
  for (const [name, count] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + count
  return sum
}

/** A checkpoint as metadata of a shard: one name, so that it is read whole or not at all. */
export function toMetadata(checkpoint: Checkpoint): Record<string, string> {
  return { checkpoint: JSON.stringify(checkpoint) }
}

/**
 * The checkpoint in the metadata of the shard at `key`.
 *
 * @throws AppError `artifact_missing` when there is none: someone else wrote the object
 */
export function fromMetadata(
  metadata: Readonly<Record<string, string>> | undefined,
  key: string,
): Checkpoint {
  try {
    return v.parse(checkpointSchema, JSON.parse(metadata?.checkpoint ?? ''))
  } catch (cause) {
    throw new AppError(
      'artifact_missing',
      `The shard ${key} has no checkpoint in its metadata; expected one that this program wrote; remove the job's output folder and drop the file again.`,
      { details: { key }, cause },
    )
  }
}

/**
 * The checkpoint of the last shard, or `undefined` when there is no shard. Shards are written in order, so their
 * number is found by doubling and halving: about 2 log2(n) questions rather than a listing of n.
 */
export async function findCheckpoint(
  store: Store,
  keyOf: (number: number) => string,
  context: Context,
): Promise<Checkpoint | undefined> {
  let last = { number: -1, metadata: undefined as Readonly<Record<string, string>> | undefined }
  const exists = async (number: number) => {
    const stat = await store.stat(keyOf(number), context)
    if (stat) last = { number, metadata: stat.metadata }
    return stat !== undefined
  }
  let bound = 0
  while (await exists(bound)) bound = bound * 2 + 1
  while (bound - last.number > 1) {
    const middle = Math.floor((last.number + bound) / 2)
    if (!(await exists(middle))) bound = middle
  }
  return last.number < 0 ? undefined : fromMetadata(last.metadata, keyOf(last.number))
}
