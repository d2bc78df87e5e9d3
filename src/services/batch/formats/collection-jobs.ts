import type { CandidateIndex } from '../../../collections/candidate-index.ts'
import type { Collections } from '../../../collections/collections.ts'
import type { Context } from '../../../context.ts'
import { invalid } from '../../../errors.ts'
import type { Catalog } from '../../../models/catalog/catalog.ts'
import { onceEach } from '../../../once.ts'
import { scopeStore } from '../../../storage/scoped.ts'
import type { WritableStore } from '../../../storage/store.ts'
import { type Matrix, rowOf } from '../../../vector/matrix.ts'
import type { JudgeService } from '../../judge/judge.ts'
import { noJudges } from '../plan/judge.ts'
import type { JobPlan } from '../plan/plan.ts'
import { createRowJudge } from './judge-rows.ts'
import { createMatchFormat } from './match-format.ts'
import { readShardRows } from './read-shards.ts'
import type { ShardFormat } from './shard-format.ts'

/** Where the collections of a bucket lie in it. */
export const COLLECTIONS_PREFIX = 'collections/'

/** A database that has the collections in the place of the job's bucket. */
type JobDatabase = Pick<CandidateIndex, 'find' | 'add'>

/** What searching collections takes. */
export interface CollectionJobParts {
  readonly catalog: Catalog
  /** Most bytes of collections in memory. */
  readonly budgetBytes: number
  readonly threads: number
  readonly database?: JobDatabase | undefined
  /** Absent where there are no language models. */
  readonly judge?: (() => Promise<JudgeService>) | undefined
}

/** Opens the form of a match job's shards: its rows are put to a collection of the database, or of their own bucket. */
export function createMatchFormats({ catalog, database, judge, ...parts }: CollectionJobParts) {
  const open = onceEach(async (store: WritableStore): Promise<Collections> => {
    const { createCollections } = await import('../../../collections/collections.ts')
    return createCollections({ ...parts, store: scopeStore(store, COLLECTIONS_PREFIX) })
  })
  return async (store: WritableStore, plan: JobPlan): Promise<ShardFormat> => {
    const { dimensions, collection: name = '' } = plan
    const model = { ...catalog.resolve(plan.model.id), dimensions }
    const collection = {
      async search(vectors: Matrix, count: number, context: Context) {
        const queries = Array.from({ length: vectors.rows }, (_, row) => rowOf(vectors, row))
        const place = database ?? (await open(store))
        const { found, exact } = await place.find({ name, model, queries, count }, context)
        return { exact, matches: found }
      },
    }
    return createMatchFormat(plan, collection, await rowJudgeOf(plan, judge))
  }
}

async function rowJudgeOf(plan: JobPlan, judge: CollectionJobParts['judge']) {
  if (!plan.judge) return undefined
  if (!judge) throw noJudges()
  return createRowJudge(await judge(), { ...plan, judge: plan.judge })
}

/** @throws AppError `invalid_request` for a job that asks a database for vectors as only segments keep them */
export function refuseEncoding({ collectionEncoding: encoding }: JobPlan, database?: JobDatabase): void {
  if (!database || encoding === undefined) return
  throw invalid(
    'encoding',
    `A database keeps the vectors of a collection in numbers of its own (halfvec in PostgreSQL, float32 in S3 Vectors); the job settings ask for ${encoding}; leave encoding out.`,
  )
}

/**
 * Makes the rows of finished collection jobs members of their collection, in the database or in the job's bucket; once
 * more makes no difference.
 */
export function createPublisher(database?: JobDatabase) {
  return async (
    store: WritableStore,
    plan: JobPlan,
    shards: readonly string[],
    context: Context,
  ): Promise<void> => {
    if (plan.kind !== 'collection') return
    const { dimensions, collection: name = '', collectionEncoding: encoding, repeatedIds } = plan
    const rows = readShardRows(store, shards, context)
    const settings = { model: { ...plan.model, dimensions }, encoding, repeatedIds }
    if (database) return void (await database.add(name, rows, settings, context))
    const { addRows } = await import('../../../collections/write.ts')
    await addRows(scopeStore(store, COLLECTIONS_PREFIX), name, rows, settings, context)
  }
}
