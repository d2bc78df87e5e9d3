import { type Context, createContext, throwIfDone } from '../context.ts'
import { askPatiently, PATIENCE, pauseAfter, type RetryPolicy, startAttempt } from './retry-policy.ts'
import type { ByteRange, Store, Take } from './store.ts'
import { streamOf } from './streams.ts'

/** A try that brought this much was worth it: the count of failures starts anew. */
const PROGRESS_BYTES = 64 * 1024

/**
 * A store that asks `store` again when it cannot answer, and continues a body where it broke off. Its errors are
 * those of the last try; `deadline_exceeded` when the context ends first. It neither lists nor writes.
 */
export function createPatientStore(store: Store, policy: RetryPolicy = PATIENCE): Store {
  const ask = <T>(context: Context | undefined, call: (context: Context) => Promise<T>) =>
    askPatiently({ store: store.name, verb: 'sent' }, context ?? createContext(), policy, call)
  const { readInto } = store
  return {
    name: store.name,
    stat: (key, context) => ask(context, (inner) => store.stat(key, inner)),
    async read(key, range, context = createContext()) {
      const chunks = readOn(store, key, range, context, policy)
      return joined(await chunks.next(), chunks)
    },
    ...(readInto && {
      readInto: (key, range, take, context = createContext()) =>
        pourOn({ store, readInto, key, context, policy }, range, take),
    }),
  }
}

/** The chunks of an object, from as many reads as it takes. */
async function* readOn(
  store: Store,
  key: string,
  range: ByteRange | undefined,
  context: Context,
  policy: RetryPolicy,
): AsyncGenerator<Uint8Array, void> {
  let position = range?.start ?? 0
  for (let failures = 1; ; failures++) {
    throwIfDone(context)
    if (range && position >= range.end) return
    const from = position
    const attempt = startAttempt({ store: store.name, verb: 'sent' }, context, policy)
    try {
      for await (const chunk of await store.read(key, restOf(range, position), attempt.context)) {
        attempt.progress(chunk.length)
        position += chunk.length
        attempt.pause()
        yield chunk
        attempt.resume()
      }
      return
    } catch (error) {
      if (position - from >= PROGRESS_BYTES) failures = 1
      await pauseAfter(attempt.failureOf(error), failures, context, policy)
    } finally {
      attempt.end()
    }
  }
}

interface Pouring {
  readonly store: Store
  readonly readInto: NonNullable<Store['readInto']>
  readonly key: string
  readonly context: Context
  readonly policy: RetryPolicy
}

/** The same for a store that hands its bytes over. */
async function pourOn(
  { store, readInto, key, context, policy }: Pouring,
  { start, end }: ByteRange,
  take: Take,
): Promise<void> {
  let position = start
  for (let failures = 1; position < end; failures++) {
    throwIfDone(context)
    const from = position
    const attempt = startAttempt({ store: store.name, verb: 'sent' }, context, policy)
    let refusal: { readonly error: unknown } | undefined
    const count: Take = (bytes) => {
      attempt.progress(bytes.length)
      position += bytes.length
      try {
        take(bytes)
      } catch (error) {
        refusal = { error }
        throw error
      }
    }
    try {
      return await readInto(key, { start: position, end }, count, attempt.context)
    } catch (error) {
      // An error of the taker, such as a full disk, is no failure of the store.
      if (refusal) throw refusal.error
      if (position - from >= PROGRESS_BYTES) failures = 1
      await pauseAfter(attempt.failureOf(error), failures, context, policy)
    } finally {
      attempt.end()
    }
  }
}

function restOf(range: ByteRange | undefined, position: number): ByteRange | undefined {
  if (!range && position === 0) return undefined
  return { start: position, end: range?.end ?? Number.MAX_SAFE_INTEGER }
}

/** Puts back the chunk that was read to see whether there is an object at all. */
function joined(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void>,
): ReadableStream<Uint8Array> {
  let waiting: IteratorResult<Uint8Array, void> | undefined = first
  const next = async () => {
    const result = waiting ?? (await rest.next())
    waiting = undefined
    return result
  }
  return streamOf({ next }, () => rest.return())
}
