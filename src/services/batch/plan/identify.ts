import type { Context } from '../../../context.ts'
import { type AppError, toAppError } from '../../../errors.ts'
import type { Catalog } from '../../../models/catalog/catalog.ts'
import { withDiscovery } from '../../../models/catalog/discovery.ts'
import type { ObjectStat, Store, WritableStore } from '../../../storage/store.ts'
import { jobIdOf, jobKeys, jobPrefixOf, OUTPUT_PREFIX, shortHashOf, sidecarOf } from './job-keys.ts'
import { readText } from './objects.ts'
import { type JobDraft, type JobPlan, type PlanParts, planJob } from './plan.ts'
import { redriveCommand } from './remedies.ts'

/** An object with what the store says of it. */
export interface StoredSource {
  readonly store: WritableStore
  readonly key: string
  readonly etag: string
  readonly versionId?: string | undefined
  readonly stat: ObjectStat | undefined
}

/** What settings are looked up in. */
export interface SettingsParts {
  readonly catalog: Catalog
  readonly defaultModel: string
  /** Absent where there are no language models. */
  readonly judge?: (() => Promise<NonNullable<PlanParts['judge']>>) | undefined
}

/** A job that would begin now. */
export interface IdentifiedJob {
  readonly id: string
  /** By its settings alone: nothing of the file has been read. Or why there is no such plan. */
  readonly settings: JobDraft | AppError
  /** The same with other defaults, under the same name. */
  withDefaults(defaults: Partial<Pick<PlanParts, 'defaultModel' | 'defaultDimensions'>>): JobDraft
}

/**
 * What the job of an object is called with the settings that it has now. Settings that are wrong make a name too,
 * so that their `_FAILED.json` stays apart from the job of the settings that correct them.
 *
 * @throws AppError when the store cannot say what the settings are
 */
export async function identifyJob(
  { store, key, etag, versionId, stat }: StoredSource,
  parts: SettingsParts,
  context: Context,
): Promise<IdentifiedJob> {
  const sidecar = await readText(store, sidecarOf(key), context)
  const { bytes = 0, metadata = {} } = stat ?? {}
  const judge = await judgeFor({ sidecar, metadata }, parts)
  const plan = (defaults: Partial<PlanParts>) =>
    planJob({ key, etag, versionId, bytes, metadata }, { ...parts, judge, sidecar, ...defaults })
  try {
    const first = await withDiscovery(parts.catalog, context, () => plan({}))
    // A folder of a name that no model here has may be called after one elsewhere.
    const settings = (await parts.catalog.discover?.(context)) ? plan({}) : first
    return { id: settings.id, settings, withDefaults: (defaults) => ({ ...plan(defaults), id: settings.id }) }
  } catch (cause) {
    const asWritten = JSON.stringify([sidecar, Object.entries(metadata).sort()])
    const id = jobIdOf(key, versionId ?? etag, asWritten)
    return { id, settings: toAppError(cause), withDefaults: (defaults) => ({ ...plan(defaults), id }) }
  }
}

/** What plans the judge of a job; nothing of language models is loaded for settings that name none. */
async function judgeFor(
  { sidecar = '', metadata }: { readonly sidecar: string | undefined; readonly metadata: object },
  { judge }: SettingsParts,
): Promise<PlanParts['judge']> {
  return /judge/i.test(sidecar + Object.keys(metadata).join()) ? judge?.() : undefined
}

/**
 * Whether a job has begun, so that its settings are kept in its folder.
 *
 * @param id the job's name, if it is known
 */
export async function hasBegun(store: Store, id: string | undefined, context: Context): Promise<boolean> {
  return id !== undefined && (await store.stat(jobKeys(id).job, context)) !== undefined
}

/** Whether any job of this version of an object has left something, whatever its settings were. */
export async function isTaken(
  store: WritableStore,
  key: string,
  version: string,
  context: Context,
): Promise<boolean> {
  for await (const _ of store.list(OUTPUT_PREFIX + jobPrefixOf(key, version), context)) return true
  return false
}

/**
 * What to say of settings that were written, or written anew, once their job had begun: they came too late to count.
 * Nothing where they ask for the same job.
 */
export async function lateSettings(
  source: StoredSource,
  { id, sidecar: before, versionId }: JobPlan,
  parts: SettingsParts,
  context: Context,
): Promise<string[]> {
  const name = sidecarOf(source.key)
  const now = await readText(source.store, name, context)
  if (now === undefined || shortHashOf(now) === before) return []
  const identified = await identifyJob({ ...source, versionId }, parts, context)
  if (identified.id === id) return []
  const came = before === undefined ? 'came after the job had begun' : 'were changed after the job had begun'
  return [
    `The settings in ${name} ${came} and do not count; put settings before their file, and for this one: ${redriveCommand(id, { restart: true })}.`,
  ]
}
