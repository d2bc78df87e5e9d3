import type { Context } from '../../context.ts'
import type { AppError } from '../../errors.ts'
import type { WritableStore } from '../../storage/store.ts'
import { summaryOfNotes } from '../judge/notes.ts'
import type { Job } from './job.ts'
import type { InputPlan } from './plan/input-plan.ts'
import type { JobKeys } from './plan/job-keys.ts'
import type { PlannedJudge } from './plan/judge.ts'
import { toJsonBytes } from './plan/objects.ts'
import { type ShownColumn, showColumns } from './plan/output-columns.ts'
import type { JobPlan } from './plan/plan.ts'
import { redriveCommand } from './plan/remedies.ts'
import type { Checkpoint } from './work/checkpoint.ts'
import type { Price } from './work/parts.ts'
import type { ErrorReason } from './work/reasons.ts'

/** `_SUCCESS.json`: what a finished job did. */
export interface JobSummary {
  readonly job: string
  /** The file, and how it was read: format, packing, encoding, delimiter, columns, the text's column. */
  readonly input: { readonly key: string; readonly etag: string; readonly bytes: number } & InputPlan
  readonly output: { readonly format: JobPlan['output']; readonly columns?: readonly ShownColumn[] }
  /** `id@revision+precision` */
  readonly model: string
  readonly dimensions: number
  readonly judge?: PlannedJudge
  /** Fields that the judge did not read, where contact details were blanked. */
  readonly redact?: readonly string[]
  readonly records: number
  readonly rows: number
  readonly errors: number
  readonly errorsByCode: Readonly<Record<string, number>>
  /** They are no records. */
  readonly blankLines: number
  /** The commonest first, each with its first row; at most 20. */
  readonly errorsByReason: readonly ErrorReason[]
  /** What is unusual about a job that succeeded all the same, in sentences. */
  readonly warnings: readonly string[]
  readonly shards: number
  readonly tokens: number
  readonly truncated: number
  /** Rows with a text of which the model knows no token; they are marked. */
  readonly unknown: number
  readonly startedAt: string
  readonly finishedAt: string
  readonly durations: {
    /** From the first worker's start to the end, pauses included. */
    readonly totalMs: number
    /** Of all workers together. */
    readonly workMs: number
    readonly tokenizeMs: number
    readonly inferenceMs: number
  }
  /** Of the work at Lambda's price for this much memory; requests, storage and queues are not in it. */
  readonly costEstimate: { readonly usd: number; readonly memoryMegabytes: number }
}

const NO_ROWS = 'The file has no rows: it is empty, or has nothing but a header or blank lines.'

const NO_IDS =
  'The file has no column id: the members of the collection are called by their positions in the file, from 0, and rows of another such file take their places.'

function warningsOf(plan: JobPlan, records: number): string[] {
  const { kind, input, warnings = [] } = plan
  if (records === 0) return [...warnings, NO_ROWS]
  const { delimiter, columns = [], idColumn } = input
  const [name = ''] = columns
  const mayBeSeveral = delimiter !== undefined && columns.length === 1 && /\S\s+\S/.test(name)
  return [
    ...warnings,
    ...(kind === 'collection' && idColumn === undefined ? [NO_IDS] : []),
    ...(mayBeSeveral ? [oneColumn(name)] : []),
    ...(plan.redact ? [redacted(plan)] : []),
  ]
}

/** What `redact` cannot do: a collection was embedded before the job, and only a judge reads its members. */
function redacted({ collection, judge }: JobPlan): string {
  const what = judge ? 'the texts of the rows, and what is judged' : 'the texts of the rows alone'
  return `The vectors of the collection ${collection} were made before: redact changes ${what}; drop from its rows what must not count, and build the collection of them.`
}

/** A name may well have a space; but so have two names in a file that has spaces between its columns. */
function oneColumn(name: string): string {
  return `The file was read as a table of one column, called ${JSON.stringify(name.slice(0, 100))}; if these are the names of several, name what stands between them in the setting delimiter.`
}

/** How far a job has come, and why rows failed. */
interface Counted {
  readonly checkpoint: Checkpoint
  readonly reasons: readonly ErrorReason[]
  /** What was found out at the end, in sentences. */
  readonly warnings?: readonly string[]
}

/** What a job did, from its last checkpoint. */
export function summarize(
  { plan, startedAt }: Job,
  { checkpoint, reasons, warnings = [] }: Counted,
  { memoryMegabytes, usdPerGigabyteSecond }: Price,
  finishedAt = new Date(),
): JobSummary {
  const { rows, errors, shards, tokens, truncated, workMs, tokenizeMs, inferenceMs } = checkpoint
  const gigabyteSeconds = (workMs / 1000) * (memoryMegabytes / 1024)
  return {
    job: plan.id,
    input: { key: plan.key, etag: plan.etag, bytes: plan.bytes, ...plan.input },
    output: {
      format: plan.output,
      ...(plan.outputColumns && { columns: showColumns(plan.outputColumns) }),
    },
    model: `${plan.model.id}@${plan.model.revision}+${plan.model.precision}`,
    dimensions: plan.dimensions,
    ...(plan.judge && { judge: plan.judge }),
    ...(plan.redact && { redact: plan.redact }),
    records: rows + errors,
    rows,
    errors,
    errorsByCode: checkpoint.codes,
    blankLines: checkpoint.blankLines,
    errorsByReason: reasons,
    warnings: [...warnings, ...warningsOf(plan, rows + errors), ...summaryOfNotes(checkpoint.notes)],
    shards,
    tokens,
    truncated,
    unknown: checkpoint.unknown,
    startedAt,
    finishedAt: finishedAt.toISOString(),
    durations: { totalMs: finishedAt.getTime() - Date.parse(startedAt), workMs, tokenizeMs, inferenceMs },
    costEstimate: { usd: Number((gigabyteSeconds * usdPerGigabyteSecond).toPrecision(3)), memoryMegabytes },
  }
}

/** Writes `_SUCCESS.json`, once, and answers whether it did; what an earlier try wrote of a failure is no longer true. */
export async function writeSuccess(
  store: WritableStore,
  keys: JobKeys,
  summary: JobSummary,
  context: Context,
): Promise<boolean> {
  return store.write(keys.success, toJsonBytes(summary), { onlyIfAbsent: true }, context)
}

/** Where a failed job came from, so that it can be started again. */
interface FailedSource {
  readonly job: string
  readonly key: string
  readonly etag: string
  readonly versionId?: string | undefined
  /** Whether the state machine has the file, rather than the queue: it alone starts such a job again. */
  readonly split?: true | undefined
}

/** How far a job came that failed; lines and bytes where it was not split. */
interface FailedCounts {
  readonly checkpoint?:
    | (Pick<Checkpoint, 'shards' | 'rows' | 'errors' | 'codes'> & Partial<Checkpoint>)
    | undefined
  readonly reasons?: readonly ErrorReason[]
}

/** Writes `_FAILED.json`, once, and answers whether it did: what happened, how far the job came, and how to go on. */
export async function writeFailure(
  store: WritableStore,
  keys: JobKeys,
  source: FailedSource,
  error: AppError,
  { checkpoint, reasons = [] }: FailedCounts,
  context: Context,
): Promise<boolean> {
  const { code, message, details } = error
  const reached = checkpoint && {
    shards: checkpoint.shards,
    rows: checkpoint.rows,
    errors: checkpoint.errors,
    nextLine: checkpoint.line,
    nextByte: checkpoint.start,
  }
  const errors = reasons.length > 0 && { errorsByCode: checkpoint?.codes, errorsByReason: reasons }
  const remedy = details.verdict
    ? 'A corrected file, or other settings, make a job of their own: drop or run it again. Rows that were embedded stay in this folder.'
    : `When the cause is gone: ${redriveCommand(source.job, { split: source.split === true })}, or npm run batch -- redrive ${source.job} --out <folder> on your machine. A corrected file, or other settings, make a job of their own: drop or run it again.`
  const failedAt = new Date().toISOString()
  const record = { ...source, code, message, details, ...errors, reached, remedy, failedAt }
  return store.write(keys.failed, toJsonBytes(record), { onlyIfAbsent: true }, context)
}
