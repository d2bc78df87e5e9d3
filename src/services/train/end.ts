import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { WritableStore } from '../../storage/store.ts'
import { readText, toJsonBytes } from '../batch/plan/objects.ts'
import type { TrainKeys } from './keys.ts'

/** How a job ends; `refused`: it was done, and its report speaks against the model. */
export type TrainEnd = 'learned' | 'refused' | 'failed' | 'poisoned'

/** The record of an end, which `_SUCCESS.json` or `_FAILED.json` shows. */
interface EndRecord {
  readonly end: TrainEnd
  readonly [field: string]: unknown
}

/**
 * How the job has ended, if it has. A worker may have died between deciding and showing it: what is missing is made up
 * for.
 */
export async function endOf(
  store: WritableStore,
  keys: TrainKeys,
  context: Context,
): Promise<TrainEnd | undefined> {
  const text = await readText(store, keys.end, context)
  if (text === undefined) return undefined
  const record = readRecord(text, keys.end)
  await show(store, keys, record, context)
  return record.end
}

/**
 * Ends the job unless it has ended: of any number of workers one decides, by a single write that only the first can
 * make, so that there is never a `_FAILED.json` beside a `_SUCCESS.json`.
 *
 * @returns how the job has ended, by this worker or another one
 */
export async function endJob(
  store: WritableStore,
  keys: TrainKeys,
  record: EndRecord,
  context: Context,
): Promise<TrainEnd> {
  if (await store.write(keys.end, toJsonBytes(record), { onlyIfAbsent: true }, context)) {
    await show(store, keys, record, context)
    return record.end
  }
  return (await endOf(store, keys, context)) ?? record.end
}

async function show(store: WritableStore, keys: TrainKeys, record: EndRecord, context: Context) {
  const { end, ...rest } = record
  const succeeded = end === 'learned' || end === 'refused'
  const shown = succeeded ? { decision: end, ...rest } : { ...rest, poisoned: end === 'poisoned' }
  const key = succeeded ? keys.success : keys.failed
  await store.write(key, toJsonBytes(shown), { onlyIfAbsent: true }, context)
}

const ENDS: readonly string[] = ['learned', 'refused', 'failed', 'poisoned'] satisfies TrainEnd[]

function readRecord(text: string, key: string): EndRecord {
  const record: EndRecord = JSON.parse(text)
  if (ENDS.includes(record.end)) return record
  const message = `The object ${key} has no end that is known; expected one of ${ENDS.join(', ')}; it was changed by hand.`
  throw new AppError('artifact_corrupt', message, { retryable: false })
}
