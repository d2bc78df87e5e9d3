import type { Collections } from '../../../collections/collections.ts'
import type { Context } from '../../../context.ts'
import type { Catalog } from '../../../models/catalog/catalog.ts'
import { onceEach } from '../../../once.ts'
import { scopeStore } from '../../../storage/scoped.ts'
import type { WritableStore } from '../../../storage/store.ts'
import { rowOf } from '../../../vector/matrix.ts'
import type { JobPlan } from '../plan/plan.ts'
import { createMatchFormat } from './match-format.ts'
import { readShardRows } from './read-shards.ts'
import type { ShardFormat } from './shard-format.ts'

/** Where the collections of a bucket lie in it. */
export const COLLECTIONS_PREFIX = 'collections/'

/** What searching collections takes. */
export interface CollectionJobParts {
  readonly catalog: Catalog
  /** Most bytes of collections in memory. */
  readonly budgetBytes: number
  readonly threads: number
}

/** Opens the form of a match job's shards: its rows are put to a collection of their own bucket. */
export function createMatchFormats({ catalog, ...parts }: CollectionJobParts) {
  const open = onceEach(async (store: WritableStore): Promise<Collections> => {
    const { createCollections } = await import('../../../collections/collections.ts')
    return createCollections({ ...parts, store: scopeStore(store, COLLECTIONS_PREFIX) })
  })
  return async (store: WritableStore, plan: JobPlan): Promise<ShardFormat> => {
    const { dimensions, collection: name = '' } = plan
    const model = { ...catalog.resolve(plan.model.id), dimensions }
    return createMatchFormat(plan, {
      async search(vectors, count, context) {
        const queries = Array.from({ length: vectors.rows }, (_, row) => rowOf(vectors, row))
        const { found } = await (await open(store)).find({ name, model, queries, count }, context)
        return found.map((matches) => matches.map(({ id, score }) => ({ id, score })))
      },
    })
  }
}

/** Makes the rows of a finished collection job members of its collection; once more makes no difference. */
export async function publishCollection(
  store: WritableStore,
  plan: JobPlan,
  shards: readonly string[],
  context: Context,
): Promise<void> {
  if (plan.kind !== 'collection') return
  const { addRows } = await import('../../../collections/write.ts')
  const { dimensions, collection: name = '', collectionEncoding: encoding } = plan
  const rows = readShardRows(store, shards, context)
  const settings = { model: { ...plan.model, dimensions }, encoding, repeatedIds: plan.repeatedIds }
  await addRows(scopeStore(store, COLLECTIONS_PREFIX), name, rows, settings, context)
}
