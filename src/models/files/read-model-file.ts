import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { type Context, createContext } from '../../context.ts'
import { AppError, toAppError } from '../../errors.ts'
import type { Store } from '../../storage/store.ts'
import type { Manifest, ManifestFile } from '../catalog/manifest.ts'

/** A report has some kilobytes; it is held in memory whole. */
const MOST_REPORT_BYTES = 4 * 1024 * 1024
/** The largest tokenizer.json of the catalog has 17 MB. */
const MOST_TOKENIZER_BYTES = 64 * 1024 * 1024

/**
 * The text of the report of a learned model, from the first source that has it, checked against the manifest.
 *
 * @throws AppError `unknown_model` for a model without one; and as {@link readTokenizer} does, above 4 MiB
 */
export async function readLearnedReport(
  manifest: Manifest,
  stores: readonly Store[],
  context: Context = createContext(),
): Promise<string> {
  const { id, learned, files } = manifest
  const file = files.find(({ path }) => path === learned?.report)
  if (!file) throw failure('unknown_model', id, 'has no report; it was not learned from pairs here')
  return Buffer.from(await readFile(id, file, stores, MOST_REPORT_BYTES, context)).toString('utf8')
}

/**
 * The bytes of a model's own tokenizer.json, from the first source that has it, checked against the manifest.
 *
 * @throws AppError `artifact_missing` where no source has it, `artifact_corrupt` for other bytes than the manifest's,
 * `payload_too_large` above 64 MiB, `upstream_failed` when a source cannot answer
 */
export async function readTokenizer(
  { id, files, tokenizer }: Manifest,
  stores: readonly Store[],
  context: Context,
): Promise<Uint8Array> {
  const file = files.find(({ path }) => path === tokenizer)
  if (!file) throw failure('artifact_missing', id, `lists no file ${tokenizer}`)
  return readFile(id, file, stores, MOST_TOKENIZER_BYTES, context)
}

/** Small files are read where they lie, and kept nowhere. */
async function readFile(
  id: string,
  file: ManifestFile,
  stores: readonly Store[],
  most: number,
  context: Context,
): Promise<Uint8Array> {
  if (file.bytes > most) {
    const what = `has a file ${file.path} of ${file.bytes} bytes; expected ${most} at most`
    throw failure('payload_too_large', id, what)
  }
  let unanswered: AppError | undefined
  for (const store of stores) {
    try {
      const key = `${id}/${file.path}`
      if (!(await store.stat(key, context))) continue
      // One byte more, so that a longer file does not pass for its beginning.
      const bytes = await buffer(await store.read(key, { start: 0, end: file.bytes + 1 }, context))
      return verified(bytes, file, id, store.name)
    } catch (cause) {
      const error = toAppError(cause)
      if (!error.retryable) throw error
      unanswered ??= error
    }
  }
  throw unanswered ?? failure('artifact_missing', id, `has a file ${file.path} that no source holds`)
}

function verified(bytes: Uint8Array, file: ManifestFile, id: string, source: string): Uint8Array {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 === file.sha256) return bytes
  throw new AppError(
    'artifact_corrupt',
    `The file ${file.path} of model ${id} in ${source} is another one than its manifest names (SHA-256 ${sha256}, expected ${file.sha256}); copy the model's folder again.`,
    { details: { model: id }, retryable: false },
  )
}

function failure(
  code: 'unknown_model' | 'payload_too_large' | 'artifact_missing',
  id: string,
  what: string,
): AppError {
  return new AppError(code, `Model ${id} ${what}.`, { details: { field: 'model', model: id } })
}
