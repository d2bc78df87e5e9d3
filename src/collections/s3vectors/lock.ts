import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Context, createContext, outOfTime, throwIfDone } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { VectorBucket } from './client.ts'

/** How locks are kept. */
export interface LockTimes {
  /** A lock whose owner has said nothing for so long belongs to nobody. */
  readonly leaseMs: number
  /** The longest that a writer waits for another one. */
  readonly patienceMs: number
}

/** Says that a change may go on. */
export interface Lock {
  /** @throws AppError `overloaded` when another writer has taken the lock meanwhile */
  confirm(context: Context): Promise<void>
}

const KEY = 'owner'

/**
 * Changes a collection while nobody else does. The service replaces rows without a condition, but makes an index only
 * where there is none of its name: that index is the lock. Its one row has the owner, and a number that grows while the
 * owner lives; who sees it rest for a whole lease, by the own clock, takes the lock over.
 *
 * @param name of the index that is the lock
 */
export async function withLock<T>(
  bucket: VectorBucket,
  name: string,
  times: LockTimes,
  context: Context,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  const owner = randomUUID()
  let beat = 0
  const say = (inner: Context) =>
    bucket.put(name, [{ key: KEY, data: [1], metadata: { [KEY]: `${owner} ${beat++}` } }], inner)
  await take(bucket, name, times, context)
  const timer = setInterval(() => void say(context).catch(() => {}), times.leaseMs / 4)
  const confirm = async (inner: Context) => {
    const said = await saidIn(bucket, name, inner)
    if (said?.startsWith(owner)) return
    throw new AppError(
      'overloaded',
      'Another writer took this collection over, since this one had not been heard of for too long; nothing was changed; try again.',
    )
  }
  try {
    await say(context)
    return await work({ confirm })
  } finally {
    clearInterval(timer)
    // The caller may have gone, and the lock is to go all the same.
    const last = createContext({ deadline: Date.now() + times.leaseMs })
    await confirm(last)
      .then(() => bucket.drop(name, last))
      .catch(() => {})
  }
}

async function take(
  bucket: VectorBucket,
  name: string,
  { leaseMs, patienceMs }: LockTimes,
  context: Context,
): Promise<void> {
  const end = performance.now() + patienceMs
  let [seen, since]: [string | undefined, number] = [undefined, performance.now()]
  while (!(await bucket.create(name, 1, [KEY], context))) {
    throwIfDone(context)
    const said = await saidIn(bucket, name, context)
    const now = performance.now()
    if (said !== seen) [seen, since] = [said, now]
    else if (now - since > leaseMs) await bucket.drop(name, context)
    if (now > end) {
      throw new AppError(
        'overloaded',
        'Another writer has been changing this collection all the while; try again when it is done.',
      )
    }
    const pause = Math.min(1000, leaseMs / 10) * (0.5 + Math.random())
    await sleep(pause, undefined, { signal: context.signal }).catch(() => {
      throw outOfTime(context)
    })
  }
}

/** What the owner said last; `undefined` before the first word, and when the lock has gone. */
async function saidIn(bucket: VectorBucket, name: string, context: Context): Promise<string | undefined> {
  const [row] = (await bucket.get(name, [KEY], context)) ?? []
  return row && String(row.metadata[KEY])
}
