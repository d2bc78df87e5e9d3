import { join } from 'node:path'
import { AppError, invalid } from '../../errors.ts'
import type { SettingsParts } from '../batch/plan/identify.ts'
import { INPUT_PREFIX } from '../batch/plan/job-keys.ts'
import { planJob } from '../batch/plan/plan.ts'
import { parseOption } from '../batch/plan/settings.ts'
import type { StoredFile } from './file-shelf.ts'
import type { BatchSource } from './shapes.ts'

/** Where callers put the settings of a batch. */
export const SETTINGS_FIELD = 'serverless_embeddings'

/** What the rows of a batch may be put to, with the kind of job that does it. */
export const ENDPOINTS = { '/v1/embeddings': 'embed', '/match': 'match' } as const

/** One of {@link ENDPOINTS}. */
export type Endpoint = keyof typeof ENDPOINTS

/**
 * The settings of a batch that fit its endpoint and each other, before anything of its file is looked at.
 *
 * @throws AppError `invalid_request`, `unknown_model` or `unsupported_task` that names the field
 */
export async function checkSettings(
  given: Readonly<Record<string, unknown>>,
  endpoint: Endpoint,
  { filename, bytes, sha256 = '' }: Pick<StoredFile, 'filename' | 'bytes' | 'sha256'>,
  parts: SettingsParts & { readonly hasCollections: boolean },
): Promise<Readonly<Record<string, unknown>>> {
  const job = ENDPOINTS[endpoint]
  refuseOther(
    'job',
    given.job ?? job,
    job,
    `the endpoint ${endpoint} makes one of kind ${job}; leave job out`,
  )
  refuseOther(
    'output',
    given.output ?? 'jsonl',
    'jsonl',
    'the output file has JSON lines; npm run batch writes Parquet',
  )
  if (job === 'match' && !parts.hasCollections) {
    throw invalid(
      'endpoint',
      'The endpoint /match searches a collection, and this server has none; name their place in the setting COLLECTIONS.',
    )
  }
  const settings = { ...given, job }
  for (const [name, value] of Object.entries(given)) {
    atField(name, () => parseOption(name, value, `${SETTINGS_FIELD}.${name}`))
  }
  const source = { key: INPUT_PREFIX + filename, bytes, etag: sha256 }
  const judge = given.judge === undefined ? undefined : await parts.judge?.()
  atField(undefined, () => planJob(source, { ...parts, judge, sidecar: JSON.stringify(settings) }))
  return settings
}

/** An upload with settings, as the thread takes it. */
export function sourceOf(
  folder: string,
  { parts: [part = ''], filename, bytes, sha256 = '' }: StoredFile,
  settings: BatchSource['settings'],
): BatchSource {
  return { path: join(folder, part), filename, bytes, sha256, settings }
}

function refuseOther(name: string, got: unknown, wanted: string, remedy: string): void {
  if (got === wanted) return
  const shown = JSON.stringify(got)?.slice(0, 60)
  throw invalid(
    `${SETTINGS_FIELD}.${name}`,
    `The setting ${name} is ${shown}; expected "${wanted}": ${remedy}.`,
  )
}

/** Says of an error which field it is about, as the caller wrote it. */
function atField(name: string | undefined, check: () => unknown): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { code, message, details } = error
    const own =
      typeof details.field === 'string' && /^\w+(\.\w+)*$/.test(details.field) ? details.field : undefined
    const inner =
      name ?? own ?? (code === 'unknown_model' || code === 'unsupported_task' ? 'model' : undefined)
    const field = inner === undefined ? SETTINGS_FIELD : `${SETTINGS_FIELD}.${inner}`
    throw new AppError(code, message, { details: { ...details, field }, cause: error })
  }
}
