import { type Context, withinContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { createLeasePool } from '../models/engine/lease-pool.ts'
import { createLoads } from '../models/engine/loads.ts'
import { bytesOf, type LoadedCollection, loadCollection, markBytesOf } from './loaded.ts'
import type { CollectionManifest } from './manifest.ts'
import type { ListableStore } from './versions.ts'

/** Collections in memory, while there is room. */
interface CollectionMemory {
  /**
   * Calls `work` with a version of a collection, or a newer one, which stays in memory until `work` is over. Callers
   * share loads, and one who leaves ends none that others wait for.
   *
   * @throws AppError as the store does; `model_too_large` for a collection that never fits
   */
  use<T>(
    name: string,
    manifest: CollectionManifest,
    context: Context,
    work: (loaded: LoadedCollection) => Promise<T>,
  ): Promise<T>
  close(): Promise<void>
}

/** A collection in memory: its newest version that was asked for. */
interface Holder {
  current: LoadedCollection
}

/** Room for collections of at most `budgetBytes`, the marks of their filters included. */
export function createCollectionMemory(store: ListableStore, budgetBytes: number): CollectionMemory {
  const pool = createLeasePool<Holder>(budgetBytes)
  const loads = createLoads()
  const load = (name: string, manifest: CollectionManifest, before?: LoadedCollection) =>
    loadCollection(store, name, manifest, before, loads.context)
  /** Brings a collection in memory to a newer version, of which only new segments are read. */
  const renew = oneByOne(async (name: string, holder: Holder, manifest: CollectionManifest) => {
    if (holder.current.manifest.version >= manifest.version) return
    if (bytesOf(manifest) > budgetBytes) throw tooLarge(name, bytesOf(manifest), budgetBytes)
    holder.current = await load(name, manifest, holder.current)
  })
  return {
    async use(name, manifest, context, work) {
      const loader = {
        load: async () => ({ current: await load(name, manifest) }),
        release: async () => {},
      }
      const acquired = pool.acquire(name, bytesOf(manifest), loader)
      const { value: holder, release } = await loads.withinCaller(acquired, context)
      try {
        await withinContext(context, renew(name, holder, manifest))
        const loaded = holder.current
        const outcome = await work(loaded)
        pool.resize(name, bytesOf(loaded.manifest) + markBytesOf(loaded))
        return outcome
      } finally {
        release()
      }
    },
    async close() {
      await loads.end()
      await pool.close()
    },
  }
}

/** Runs calls about one name one after another; each sees what the one before has done. */
function oneByOne<More extends readonly unknown[]>(work: (name: string, ...more: More) => Promise<void>) {
  const last = new Map<string, Promise<void>>()
  return (name: string, ...more: More): Promise<void> => {
    const next = (last.get(name) ?? Promise.resolve()).catch(() => {}).then(() => work(name, ...more))
    last.set(name, next)
    const forget = () => {
      if (last.get(name) === next) last.delete(name)
    }
    next.then(forget, forget)
    return next
  }
}

function tooLarge(name: string, bytes: number, budgetBytes: number): AppError {
  return new AppError(
    'model_too_large',
    `Collection ${name} needs ${bytes} bytes of memory, but collections may use ${budgetBytes}; raise COLLECTION_BUDGET_BYTES or keep it as int8.`,
    { details: { collection: name, bytes, budgetBytes } },
  )
}
