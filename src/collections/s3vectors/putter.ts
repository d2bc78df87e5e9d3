import type { Context } from '../../context.ts'
import type { StoredVector, VectorBucket } from './client.ts'
import { LIMITS } from './limits.ts'

/** Requests at the same time: three of 500 rows come near the 2,500 rows a second that an index takes. */
const LANES = 3
/** Bytes of a number in JSON, its comma included. */
const NUMBER_BYTES = 14

/** Writes rows in batches, some at a time. */
interface Putter {
  /** Takes a row, and waits when enough are under way. Throws what the first batch that failed has thrown. */
  push(vector: StoredVector): Promise<void>
  /** Waits until all rows are written. */
  end(): Promise<void>
}

/** A putter for one index. Of two rows with the same key the last one counts. */
export function createPutter(bucket: VectorBucket, index: string, context: Context): Putter {
  let batch = new Map<string, StoredVector>()
  let bytes = 0
  let failure: { readonly error: unknown } | undefined
  const underWay = new Map<Promise<void>, ReadonlyMap<string, StoredVector>>()
  const check = () => {
    if (failure) throw failure.error
  }
  const isSent = (key: string) => [...underWay.values()].some((sent) => sent.has(key))
  const flush = async () => {
    check()
    if (batch.size === 0) return
    // Two requests may arrive in either order.
    const again = [...batch.keys()].some(isSent)
    while (again ? underWay.size > 0 : underWay.size >= LANES) await Promise.race(underWay.keys())
    check()
    const sent = batch
    ;[batch, bytes] = [new Map(), 0]
    const done = bucket
      .put(index, [...sent.values()], context)
      .catch((error: unknown) => {
        failure ??= { error }
      })
      .then(() => void underWay.delete(done))
    underWay.set(done, sent)
  }
  return {
    async push(vector) {
      batch.set(vector.key, vector)
      bytes += vector.data.length * NUMBER_BYTES + JSON.stringify(vector.metadata).length * 2
      if (batch.size >= LIMITS.write || bytes >= LIMITS.requestBytes) await flush()
      else check()
    },
    async end() {
      await flush()
      await Promise.all(underWay.keys())
      check()
    },
  }
}
