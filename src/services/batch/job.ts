import { text } from 'node:stream/consumers'
import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Catalog } from '../../models/catalog/catalog.ts'
import { vectorRevision } from '../../models/catalog/manifest.ts'
import type { WritableStore } from '../../storage/store.ts'
import type { JobKeys } from './job-keys.ts'
import type { JobPlan } from './plan.ts'

/** The text of an object, or `undefined` when there is none. */
export async function readText(
  store: WritableStore,
  key: string,
  context: Context,
): Promise<string | undefined> {
  try {
    return await text(await store.read(key, undefined, context))
  } catch (error) {
    // A store that refuses to be read has a reason beside the key.
    if (error instanceof AppError && error.code === 'artifact_missing' && !error.details.answer)
      return undefined
    throw error
  }
}

/** The plan that the first worker wrote, with when that was. */
export interface Job {
  readonly plan: JobPlan
  /** ISO 8601. */
  readonly startedAt: string
}

/**
 * The job as its first worker planned it. Settings that change later, in a sidecar or a deployment, do not change a
 * job that has begun.
 */
export async function openJob(
  store: WritableStore,
  keys: JobKeys,
  plan: () => Promise<JobPlan>,
  context: Context,
): Promise<Job> {
  const known = await readText(store, keys.job, context)
  if (known !== undefined) return JSON.parse(known) as Job
  const job: Job = { plan: await plan(), startedAt: new Date().toISOString() }
  if (await store.write(keys.job, toJsonBytes(job), { onlyIfAbsent: true }, context)) return job
  return JSON.parse((await readText(store, keys.job, context)) ?? JSON.stringify(job)) as Job
}

/**
 * Vectors of two revisions or precisions of a model cannot be compared, so they never get into one output.
 *
 * @throws AppError `artifact_missing` when the catalog's model is another than the one that the job began with
 */
export function checkModel({ model, id }: JobPlan, catalog: Catalog): void {
  const manifest = catalog.resolve(model.id)
  const revision = vectorRevision(manifest)
  const { precision } = manifest
  if (revision === model.revision && precision === model.precision) return
  throw new AppError(
    'artifact_missing',
    `Job ${id} began with model ${model.id}@${model.revision} (${model.precision}); this deployment has ${revision} (${precision}), whose vectors differ; restart the job with "npm run batch -- redrive --restart".`,
    { details: { model: model.id, expected: model.revision, got: revision } },
  )
}

/** An object as the bytes of readable JSON. */
export function toJsonBytes(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
}
