import { AppError } from '../../errors.ts'

/** A resource held so that eviction cannot release it. Call `release` exactly once. */
export interface Lease<T> {
  readonly value: T
  /** Whether this call had to load the resource. */
  readonly loaded: boolean
  /** Resources that left memory for this one. */
  readonly evictions: number
  release(): void
}

/** How to load a resource and let it go again. */
export interface Loader<T> {
  load(): Promise<T>
  release(value: T): Promise<void>
}

interface Entry<T> {
  readonly key: string
  bytes: number
  readonly value: Promise<T>
  readonly loader: Loader<T>
  pins: number
  loaded: boolean
}

/** A cache bounded by bytes, least recently used first, whose entries are leased. */
interface LeasePool<T> {
  /**
   * Leases the resource `key`, loading it when it is not in memory. Callers that arrive during a load share it;
   * a load that failed is forgotten. Waits while resources in use leave no room.
   *
   * @throws AppError `model_too_large` when `bytes` exceeds the whole budget and the resource is not in memory
   */
  acquire(key: string, bytes: number, loader: Loader<T>): Promise<Lease<T>>
  /** Whether `acquire` would have the resource at once: it is in memory, and not merely on its way. */
  holds(key: string): boolean
  /** Says that a resource takes another number of bytes than was expected; those in use stay all the same. */
  resize(key: string, bytes: number): void
  /** Keys with their bytes, least recently used first. */
  entries(): readonly { readonly key: string; readonly bytes: number }[]
  /**
   * Releases one resource, once nobody leases it; nothing when it is not there.
   *
   * @throws AppError `overloaded` when `signal` aborts while it is in use
   */
  drop(key: string, signal: AbortSignal): Promise<void>
  /** Releases everything. Leases still held must be released first. */
  close(): Promise<void>
}

/** An empty pool that holds at most `budgetBytes` of resources. */
export function createLeasePool<T>(budgetBytes: number): LeasePool<T> {
  const entries = new Map<string, Entry<T>>()
  const waiting: (() => void)[] = []

  const wake = () => {
    for (const resume of waiting.splice(0)) resume()
  }
  const drop = async (entry: Entry<T>) => {
    entries.delete(entry.key)
    await entry.loader.release(await entry.value)
  }
  const nextIdle = () => [...entries.values()].find((entry) => entry.pins === 0)

  const lease = async (entry: Entry<T>, loaded: boolean, evictions: number): Promise<Lease<T>> => {
    entries.delete(entry.key)
    entries.set(entry.key, entry)
    entry.pins++
    const release = () => {
      entry.pins--
      wake()
    }
    try {
      const value = await entry.value
      entry.loaded = true
      return { value, loaded, evictions, release }
    } catch (error) {
      if (entries.get(entry.key) === entry) entries.delete(entry.key)
      release()
      throw error
    }
  }

  return {
    async acquire(key, bytes, loader) {
      for (let evictions = 0; ; ) {
        const present = entries.get(key)
        if (present) return lease(present, false, evictions)
        refuseTooLarge(key, bytes, budgetBytes)
        if (usedBytes(entries) + bytes <= budgetBytes) {
          return lease({ key, bytes, value: loader.load(), loader, pins: 0, loaded: false }, true, evictions)
        }
        const idle = nextIdle()
        if (idle) {
          evictions++
          await drop(idle)
        } else await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    holds: (key) => entries.get(key)?.loaded ?? false,
    resize(key, bytes) {
      const entry = entries.get(key)
      if (entry) entry.bytes = bytes
      wake()
    },
    drop: (key, signal) => idleEntry(key, entries, waiting, signal).then((idle) => idle && drop(idle)),
    entries: () => [...entries.values()].map(({ key, bytes }) => ({ key, bytes })),
    close: async () => void (await Promise.all([...entries.values()].map(drop))),
  }
}

/** The entry once nobody leases it, if there is one; `waiting` are woken whenever a lease ends. */
async function idleEntry<T>(
  key: string,
  entries: ReadonlyMap<string, Entry<T>>,
  waiting: (() => void)[],
  signal: AbortSignal,
): Promise<Entry<T> | undefined> {
  const ended = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  for (let entry = entries.get(key); entry; entry = entries.get(key)) {
    if (entry.pins === 0) return entry
    if (signal.aborted) throw inUse(key)
    await Promise.race([ended, new Promise<void>((resolve) => waiting.push(resolve))])
  }
  return undefined
}

function usedBytes(entries: ReadonlyMap<string, { readonly bytes: number }>): number {
  return [...entries.values()].reduce((sum, entry) => sum + entry.bytes, 0)
}

function inUse(key: string): AppError {
  return new AppError(
    'overloaded',
    `Model ${key} is in use and stays in memory; try again when fewer requests ask for it.`,
    { details: { model: key } },
  )
}

function refuseTooLarge(key: string, bytes: number, budgetBytes: number): void {
  if (bytes <= budgetBytes) return
  throw new AppError(
    'model_too_large',
    `Model ${key} needs ${bytes} bytes of memory, but all models together may use ${budgetBytes}; give the function more memory or choose a smaller model.`,
    { details: { model: key, bytes, budgetBytes } },
  )
}
