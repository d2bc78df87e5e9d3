import type { Context } from '../../context.ts'
import { AppError, toAppError } from '../../errors.ts'
import type { ByteSource } from '../../formats/byte-source.ts'
import { type InspectedFile, inspectFile } from '../../formats/inspect-file.ts'
import type { Catalog } from '../../models/catalog/catalog.ts'
import type { ObjectStat, Store, WritableStore } from '../../storage/store.ts'
import { decideInput } from './input-plan.ts'
import { readText, toJsonBytes } from './job.ts'
import { jobIdOf, jobKeys, messageKey, sidecarOf } from './job-keys.ts'
import { requestOfLines } from './openai-lines.ts'
import { findOutputColumns } from './output-columns.ts'
import type { BatchParts } from './parts.ts'
import { type JobDraft, type JobPlan, type PlanParts, planJob } from './plan.ts'

/** Lines of an OpenAI batch that are looked at for the model and dimensions of its job. */
const FIRST_LINES = 20

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
  const plan = (defaults: Partial<PlanParts>) =>
    planJob({ key, etag, versionId, bytes, metadata }, { ...parts, sidecar, ...defaults })
  try {
    const settings = plan({})
    return { id: settings.id, settings, withDefaults: (defaults) => ({ ...plan(defaults), id: settings.id }) }
  } catch (cause) {
    const asWritten = JSON.stringify([sidecar, Object.entries(metadata).sort()])
    const id = jobIdOf(key, versionId ?? etag, asWritten)
    return { id, settings: toAppError(cause), withDefaults: (defaults) => ({ ...plan(defaults), id }) }
  }
}

/**
 * The plan of a job that begins now: by its settings, and by what the first bytes of the file say. Where the settings
 * name no model or no dimensions, the first lines of an OpenAI batch do.
 *
 * @throws AppError `invalid_request`, `unknown_model` or `unsupported_task` when its settings are wrong, or do not fit
 * the file, or the file cannot be read
 */
export async function planOf(
  { store, key }: StoredSource,
  identified: IdentifiedJob,
  parts: Pick<BatchParts, 'openAi' | 'openReader'>,
  context: Context,
): Promise<JobPlan> {
  const { settings } = identified
  if (settings instanceof AppError) throw settings
  const { hints, wishes } = settings
  const read = (start: number, end: number) => store.read(key, { start, end }, context)
  const file = await inspectFile({ bytes: settings.bytes, read }, hints, context)
  const decided = decideInput(file, wishes)
  const draft = decided.input.rows === 'openai' ? draftOfLines(file, identified, settings, parts) : settings
  const { hints: _, wishes: __, ...plan } = draft
  return withOutputColumns({ ...plan, ...decided }, { bytes: settings.bytes, read }, store, parts, context)
}

/** The plan with the columns of its Parquet files, so that every worker writes the same, whatever part it has. */
async function withOutputColumns(
  plan: JobPlan,
  source: ByteSource,
  store: WritableStore,
  parts: Pick<BatchParts, 'openReader'>,
  context: Context,
): Promise<JobPlan> {
  if (plan.output !== 'parquet') return plan
  const reader = await parts.openReader(store, plan)
  return { ...plan, outputColumns: await findOutputColumns(plan, source, reader, context) }
}

/** The draft with the model and the dimensions that the first lines of an OpenAI batch ask for. */
function draftOfLines(
  { records }: InspectedFile,
  { withDefaults }: IdentifiedJob,
  settings: JobDraft,
  { openAi }: Pick<BatchParts, 'openAi'>,
): JobDraft {
  const wanted = requestOfLines(records.slice(0, FIRST_LINES), settings, openAi)
  const byModel = wanted.model === undefined ? settings : withDefaults({ defaultModel: wanted.model })
  // A model that the settings name stays, and then the lines' dimensions may be none of it.
  if (wanted.dimensions === undefined || byModel.model.id !== wanted.model) return byModel
  const plan = withDefaults({ defaultModel: wanted.model, defaultDimensions: wanted.dimensions })
  return plan.dimensions === byModel.dimensions ? byModel : { ...plan, dimensionsOfLines: true }
}

/**
 * Whether a job has begun, so that its settings are kept in its folder.
 *
 * @param id the job's name, if it is known
 */
export async function hasBegun(store: Store, id: string | undefined, context: Context): Promise<boolean> {
  return id !== undefined && (await store.stat(jobKeys(id).job, context)) !== undefined
}

/** The job that a message began when it was handed out before, if it did. */
export async function jobOfMessage(
  store: WritableStore,
  message: string,
  key: string,
  context: Context,
): Promise<string | undefined> {
  const text = await readText(store, messageKey(message, key), context)
  return text === undefined ? undefined : String((JSON.parse(text) as { job: unknown }).job)
}

/** Keeps a message with the job that it began, whatever the settings are when it is handed out again. */
export async function bindMessage(
  store: WritableStore,
  message: string,
  { job, key }: { readonly job: string; readonly key: string },
  context: Context,
): Promise<void> {
  await store.write(messageKey(message, key), toJsonBytes({ job, key }), {}, context)
}
