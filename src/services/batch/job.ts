import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { ByteSource } from '../../formats/byte-source.ts'
import { type InspectedFile, inspectFile } from '../../formats/inspect-file.ts'
import type { Catalog } from '../../models/catalog/catalog.ts'
import { withDiscovery } from '../../models/catalog/discovery.ts'
import { vectorRevision } from '../../models/catalog/manifest.ts'
import type { WritableStore } from '../../storage/store.ts'
import { findOutputColumns } from './formats/find-columns.ts'
import type { IdentifiedJob, SettingsParts, StoredSource } from './plan/identify.ts'
import { decideInput } from './plan/input-plan.ts'
import type { JobKeys } from './plan/job-keys.ts'
import { readText, toJsonBytes } from './plan/objects.ts'
import type { JobDraft, JobPlan } from './plan/plan.ts'
import { redriveCommand } from './plan/remedies.ts'
import { requestOfLines } from './rows/openai-lines.ts'
import type { BatchParts } from './work/parts.ts'

/** Lines of an OpenAI batch that are looked at for the model and dimensions of its job. */
const FIRST_LINES = 20

/** The plan that the first worker wrote, with when that was. */
export interface Job {
  readonly plan: JobPlan
  /** ISO 8601. */
  readonly startedAt: string
  /** Whether the state machine has the file, rather than the queue. */
  readonly split?: true
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
  how: Pick<Job, 'split'> = {},
): Promise<Job> {
  const known = await readText(store, keys.job, context)
  if (known !== undefined) return JSON.parse(known) as Job
  const job: Job = { plan: await plan(), startedAt: new Date().toISOString(), ...how }
  if (await store.write(keys.job, toJsonBytes(job), { onlyIfAbsent: true }, context)) return job
  return JSON.parse((await readText(store, keys.job, context)) ?? JSON.stringify(job)) as Job
}

/**
 * Vectors of two revisions or precisions of a model cannot be compared, so they never get into one output.
 *
 * @throws AppError `artifact_missing` when the catalog's model is another than the one that the job began with
 */
export async function checkModel({ model, id }: JobPlan, catalog: Catalog, context: Context): Promise<void> {
  const manifest = await withDiscovery(catalog, context, () => catalog.resolve(model.id))
  const revision = vectorRevision(manifest)
  const { precision } = manifest
  if (revision === model.revision && precision === model.precision) return
  throw new AppError(
    'artifact_missing',
    `Job ${id} began with model ${model.id}@${model.revision} (${model.precision}); this deployment has ${revision} (${precision}), whose vectors differ; restart the job with "${redriveCommand(id, { restart: true })}".`,
    { details: { model: model.id, expected: model.revision, got: revision } },
  )
}

/**
 * The plan of a job that begins now: by its settings, and by what the first bytes of the file say. Where the settings
 * name no model or no dimensions, the first lines of an OpenAI batch do.
 *
 * @throws AppError `invalid_request`, `unknown_model` or `unsupported_task` when its settings are wrong, or do not fit
 * the file, or the file cannot be read
 */
export async function planOf(
  source: StoredSource,
  identified: IdentifiedJob,
  parts: PlanningParts & Pick<SettingsParts, 'catalog'>,
  context: Context,
): Promise<JobPlan> {
  const file = await inspectJob(source, identified, context)
  const plan = await withDiscovery(parts.catalog, context, () => planOfFile(file, identified, parts))
  return withOutputColumns(plan, sourceOf(source, plan, context), source.store, parts, context)
}

/** What a plan is made with, beside the file. */
export type PlanningParts = Pick<BatchParts, 'openAi' | 'openReader'>

/**
 * The first bytes of a job's file, read as its settings say.
 *
 * @throws AppError as {@link planOf} does
 */
export async function inspectJob(
  source: StoredSource,
  { settings }: IdentifiedJob,
  context: Context,
): Promise<InspectedFile> {
  if (settings instanceof AppError) throw settings
  return inspectFile(sourceOf(source, settings, context), settings.hints, context)
}

/**
 * The plan that follows from what a look at the file has shown, but for the columns of Parquet. Pure.
 *
 * @throws AppError as {@link planOf} does
 */
export function planOfFile(
  file: InspectedFile,
  identified: IdentifiedJob,
  parts: Pick<PlanningParts, 'openAi'>,
): JobPlan {
  const { settings } = identified
  if (settings instanceof AppError) throw settings
  const decided = decideInput(file, settings.wishes)
  const draft = decided.input.rows === 'openai' ? draftOfLines(file, identified, settings, parts) : settings
  const { hints: _, wishes: __, ...plan } = draft
  return { ...plan, ...decided }
}

function sourceOf(
  { store, key }: StoredSource,
  { bytes }: Pick<JobPlan, 'bytes'>,
  context: Context,
): ByteSource {
  return { bytes, read: (start, end) => store.read(key, { start, end }, context) }
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
  const reader = await parts.openReader(store, plan, context)
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
