import { AppError, invalid } from '../../../errors.ts'
import type { CollectionEncoding } from '../../../formats/collection-segment.ts'
import { readName } from '../../../formats/file-name.ts'
import type { FileHints } from '../../../formats/inspect-file.ts'
import type { Catalog } from '../../../models/catalog/catalog.ts'
import { makerOf, type VectorMaker } from '../../../models/catalog/learned.ts'
import type { Manifest } from '../../../models/catalog/manifest.ts'
import { requireTask } from '../../../models/catalog/task.ts'
import { didYouMean } from '../../../nearest.ts'
import { type Encoding, encodedBytes } from '../../../vector/encoding.ts'
import type { JudgeService } from '../../judge/judge.ts'
import type { InputPlan, InputWishes } from './input-plan.ts'
import { INPUT_PREFIX, jobIdOf, shortHashOf, sidecarOf } from './job-keys.ts'
import { type PlannedJudge, planJudgeOf } from './judge.ts'
import type { OutputColumns } from './output-columns.ts'
import {
  type JOB_KINDS,
  type JobSettings,
  MAX_ERROR_SHARE,
  type OUTPUT_FORMATS,
  parseMetadata,
  parseSidecar,
} from './settings.ts'

/** One version of an object that was put under `input/`. */
export interface SourceObject {
  readonly key: string
  readonly bytes: number
  readonly etag: string
  /** Set in buckets that keep old versions. */
  readonly versionId?: string | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/** Everything that decides what a job writes, as plain data that is kept beside its output. */
export interface JobPlan {
  readonly id: string
  readonly key: string
  readonly etag: string
  readonly versionId?: string
  readonly bytes: number
  readonly kind: (typeof JOB_KINDS)[number]
  readonly model: VectorMaker
  readonly role?: 'query' | 'document'
  readonly dimensions: number
  readonly normalize?: boolean
  readonly truncate: 'end' | 'start' | false
  readonly deterministic: boolean
  /** Names as the file has them. */
  readonly keepColumns: boolean | readonly string[]
  /** How the file is read and which column has the text, decided from its header and first rows. */
  readonly input: InputPlan
  readonly output: (typeof OUTPUT_FORMATS)[number]
  /** Columns and types of every Parquet file that the job writes. */
  readonly outputColumns?: OutputColumns
  readonly encoding: Encoding
  readonly shardRows: number
  readonly collection?: string
  /** The collection's own when absent, or float32 for a new one. */
  readonly collectionEncoding?: CollectionEncoding
  /** Set where the last of several rows of one id counts; without it such a job fails. */
  readonly repeatedIds?: 'last'
  readonly top: number
  readonly judge?: PlannedJudge
  /** Fields that the judge does not read; set where contact details are blanked, if only with no fields. */
  readonly redact?: readonly string[]
  /** Set where a row of which the model knows no token is an error row. */
  readonly unknown?: 'error'
  /** Share of the first thousand rows that may fail; see verdict.ts. */
  readonly maxErrorShare?: number
  /** Short hash of the text of `<object>.job.json` that the job began with; absent where there was none. */
  readonly sidecar?: string
  /** What its maker may not have meant, in sentences. */
  readonly warnings?: readonly string[]
  /** Set where the lines of an OpenAI batch named the dimensions rather than the settings. */
  readonly dimensionsOfLines?: true
}

/** A plan for which the file has not been looked at, and what the settings say of it. */
export type JobDraft = Omit<JobPlan, 'input' | 'keepColumns'> & {
  readonly hints: FileHints
  readonly wishes: InputWishes
}

/** Bytes of vectors in one shard, which bounds memory whatever the model. */
const SHARD_BYTES = 8 * 1024 * 1024
const MOST_SHARD_ROWS = 4096
/** A judge takes seconds a row: of more rows a killed worker would lose minutes. */
const FEWEST_SHARD_ROWS = 16

/** What a plan is made from besides the object itself. */
export interface PlanParts {
  readonly catalog: Catalog
  readonly defaultModel: string
  /** Text of `<object>.job.json`. */
  readonly sidecar?: string | undefined
  /** Dimensions where the settings name none; the model's own when absent. */
  readonly defaultDimensions?: number | undefined
  /** Absent where there are no language models. */
  readonly judge?: Pick<JudgeService, 'plan' | 'weight'> | undefined
}

/**
 * The job for an object: settings of its sidecar before those of its metadata before the prefix `input/<model>/`.
 * The same object and settings always give the same draft; the file itself is not looked at.
 *
 * @throws AppError `invalid_request`, `unknown_model` or `unsupported_task` when the settings are wrong
 */
export function planJob(
  source: SourceObject,
  { catalog, defaultModel, sidecar, defaultDimensions, judge: judges }: PlanParts,
): JobDraft {
  const settings: JobSettings = {
    ...parseMetadata(source.metadata ?? {}, source.key),
    ...(sidecar === undefined ? {} : parseSidecar(sidecar, sidecarOf(source.key))),
  }
  const kind = settings.job ?? 'embed'
  const { manifest, warnings } = modelOf(source.key, settings.model, catalog, defaultModel)
  const dimensions = dimensionsOf(manifest, settings.dimensions ?? defaultDimensions)
  const output = settings.output ?? 'jsonl'
  const encoding = kind === 'collection' ? 'base64' : encodingOf(settings.encoding, output)
  refuseHalfSettings(kind, settings)
  refuseIdleSettings(kind, settings)
  refuseOtherOutput(kind, output)
  const judge = planJudgeOf(kind, settings, judges)
  const decided = {
    kind,
    model: makerOf(manifest),
    ...given('role', settings.role ?? (kind === 'match' ? 'query' : 'document')),
    dimensions,
    // Products are cosines only between vectors of length 1.
    ...given('normalize', kind === 'embed' ? settings.normalize : true),
    truncate: settings.truncate ?? 'end',
    deterministic: settings.deterministic ?? false,
    output,
    encoding,
    shardRows: settings.shardRows ?? (judge ? FEWEST_SHARD_ROWS : shardRowsOf(dimensions, encoding)),
    ...given('collection', settings.collection),
    ...given('collectionEncoding', kind === 'collection' ? collectionEncodingOf(settings) : undefined),
    ...given('repeatedIds', settings.repeatedIds === 'last' ? ('last' as const) : undefined),
    top: settings.top ?? 10,
    ...given('judge', judge),
    ...given('redact', settings.redact === true ? [] : settings.redact || undefined),
    ...given('unknown', refusesUnknown(kind, settings) ? ('error' as const) : undefined),
    ...given('maxErrorShare', unusual(settings.maxErrorShare, MAX_ERROR_SHARE)),
  }
  const wishes = wishesOf(kind, settings)
  const hints = hintsOf(source.key, settings)
  return {
    // What decides the output decides the name; settings that say what would be done anyway change neither.
    id: jobIdOf(
      source.key,
      source.versionId ?? source.etag,
      JSON.stringify({ ...decided, wishes, hints: { ...readName(source.key), ...hints } }),
    ),
    key: source.key,
    etag: source.etag,
    ...given('versionId', source.versionId),
    bytes: source.bytes,
    ...decided,
    ...given('sidecar', sidecar === undefined ? undefined : shortHashOf(sidecar)),
    ...given('warnings', warnings),
    hints,
    wishes,
  }
}

function unusual<T>(value: T, usual: T): T | undefined {
  return value === usual ? undefined : value
}

/** A member of a collection that nothing could ever find is refused, as one with a vector of zeros is. */
function refusesUnknown(kind: JobPlan['kind'], { unknown }: JobSettings): boolean {
  return kind === 'collection' || unknown === 'error'
}

function wishesOf(kind: JobPlan['kind'], { keepColumns = true, textColumn }: JobSettings): InputWishes {
  return { kind, keepColumns, ...given('textColumn', textColumn) }
}

function hintsOf(name: string, settings: JobSettings): FileHints {
  const { format, compression, charset, delimiter, unclosedQuote } = settings
  return {
    name,
    ...given('format', format),
    ...given('compression', compression),
    ...given('charset', charset),
    ...given('delimiter', delimiter),
    ...given('unclosedQuote', unclosedQuote === 'fail' ? undefined : unclosedQuote),
  }
}

function given<K extends string, T>(name: K, value: T | undefined): { [P in K]?: T } {
  const fields: { [P in K]?: T } = {}
  if (value !== undefined) fields[name] = value
  return fields
}

interface ChosenModel {
  readonly manifest: Manifest
  readonly warnings?: readonly string[]
}

/** The setting's model, or that of the folders right below `input/`, or the default for a file that lies in none. */
function modelOf(key: string, name: string | undefined, catalog: Catalog, otherwise: string): ChosenModel {
  const folders = key.startsWith(INPUT_PREFIX) ? key.slice(INPUT_PREFIX.length).split('/').slice(0, -1) : []
  const chosen =
    !name && folders.length > 0
      ? modelOfFolders(folders, catalog, otherwise)
      : { manifest: catalog.resolve(name || otherwise) }
  requireTask(chosen.manifest, ['embed'], 'a job needs one that makes vectors; name another in the settings')
  return chosen
}

/**
 * Names of models may contain a slash: two folders are tried before one. A folder of another name, such as a month or a
 * team, is no reason to fail a file: the default model has it, and the job says so.
 */
function modelOfFolders(folders: readonly string[], catalog: Catalog, otherwise: string): ChosenModel {
  const names = catalog.entries().flatMap(({ manifest, aliases }) => [manifest.id, ...aliases])
  const [first = ''] = folders
  const found = [folders.slice(0, 2).join('/'), first].find((name) => names.includes(name))
  try {
    return { manifest: catalog.resolve(found ?? first) }
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.code !== 'unknown_model') throw cause
    const manifest = catalog.resolve(otherwise)
    const meant = didYouMean(first, names)
    const warning = `No model is called as the folder ${INPUT_PREFIX}${first.slice(0, 100)}/; the default ${manifest.id} was taken${meant || '; name another in the setting model'}${meant ? '' : '.'}`
    return { manifest, warnings: [warning] }
  }
}

function dimensionsOf(manifest: Manifest, dimensions: number | undefined): number {
  const offered = [...new Set([manifest.dimensions, ...manifest.matryoshka])]
  if (dimensions === undefined || offered.includes(dimensions)) return dimensions ?? manifest.dimensions
  throw new AppError(
    'invalid_request',
    `Model ${manifest.id} offers ${offered.join(', ')} dimensions; the job settings ask for ${dimensions}; leave them out for ${manifest.dimensions}.`,
    { details: { field: 'dimensions', model: manifest.id } },
  )
}

function encodingOf(encoding: Encoding | undefined, output: JobPlan['output']): Encoding {
  if (output === 'jsonl' || encoding === undefined || encoding === 'float') return encoding ?? 'float'
  throw invalid(
    'encoding',
    `A Parquet file holds lists of floats; the job settings ask for ${encoding}; leave encoding out or write JSONL.`,
  )
}

function collectionEncodingOf({ encoding }: JobSettings): CollectionEncoding | undefined {
  if (encoding === undefined || encoding === 'int8') return encoding
  if (encoding === 'float') return 'float32'
  throw invalid(
    'encoding',
    `A collection holds float or int8 vectors; the job settings ask for ${encoding}; leave encoding out for those that the collection has.`,
  )
}

function refuseHalfSettings(kind: JobPlan['kind'], { collection }: JobSettings): void {
  if (kind === 'embed' || collection !== undefined) return
  throw invalid(
    'collection',
    `A ${kind} job needs the name of a collection; the job settings have none; add "collection".`,
  )
}

/** A setting that a job of this kind would not obey: most likely another kind of job was meant. */
function refuseIdleSettings(
  kind: JobPlan['kind'],
  { collection, top, redact, normalize, repeatedIds }: JobSettings,
): void {
  const [field, remedy] =
    kind === 'embed' && collection !== undefined
      ? ['collection', 'add "job": "match" to search it or "job": "collection" to build it, or leave it out']
      : kind !== 'match' && top !== undefined
        ? ['top', 'it belongs to "job": "match"; leave it out']
        : kind !== 'match' && redact
          ? ['redact', 'it belongs to "job": "match"; leave it out']
          : kind !== 'embed' && normalize === false
            ? ['normalize', 'scores are cosines only of vectors of length 1; leave it out']
            : kind !== 'collection' && repeatedIds !== undefined
              ? ['repeatedIds', 'it belongs to "job": "collection"; leave it out']
              : []
  if (field === undefined) return
  throw invalid(field, `A job of kind ${kind} does not obey the setting ${field}; ${remedy}.`)
}

function refuseOtherOutput(kind: JobPlan['kind'], output: JobPlan['output']): void {
  if (kind === 'embed' || output === 'jsonl') return
  throw invalid('output', `A ${kind} job writes JSON lines; leave "output" out of its settings.`)
}

function shardRowsOf(dimensions: number, encoding: Encoding): number {
  const rows = Math.floor(SHARD_BYTES / encodedBytes(1, dimensions, encoding))
  return Math.max(FEWEST_SHARD_ROWS, Math.min(MOST_SHARD_ROWS, rows))
}
