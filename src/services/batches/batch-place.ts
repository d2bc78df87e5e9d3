import { basename, dirname } from 'node:path'
import { AppError } from '../../errors.ts'
import { createDirectoryStore } from '../../storage/directory.ts'
import type { Store, WritableStore } from '../../storage/store.ts'
import type { SourceWords } from '../batch/end-job.ts'
import { COLLECTIONS_PREFIX } from '../batch/formats/collection-jobs.ts'
import type { StoredSource } from '../batch/plan/identify.ts'
import { INPUT_PREFIX, sidecarOf } from '../batch/plan/job-keys.ts'
import type { BatchSource } from './shapes.ts'

/** A file with its settings and a folder for its output, as the bucket that a worker expects. */
export interface BatchPlace extends StoredSource {
  readonly words: SourceWords
}

/**
 * The place of one batch: each has a folder of its own, so that two of the same file have nothing to do with each other.
 *
 * @param folder for the output; none is needed to look at a file
 * @param collections what match jobs search
 */
export function openPlace(
  { path, filename, bytes, sha256, settings }: BatchSource,
  folder: string | undefined,
  collections: Store | undefined,
): BatchPlace {
  const key = INPUT_PREFIX + filename
  const file = createDirectoryStore(dirname(path))
  const output = createDirectoryStore(folder ?? dirname(path))
  const sidecar = Buffer.from(JSON.stringify(settings))
  const stat = { bytes, etag: sha256 }
  const of = <T>(name: string, choices: { collection(store: Store, rest: string): T; other(): T }): T =>
    name.startsWith(COLLECTIONS_PREFIX)
      ? choices.collection(collections ?? missing(), name.slice(COLLECTIONS_PREFIX.length))
      : choices.other()
  const store: WritableStore = {
    ...output,
    stat: (name, context) =>
      of(name, {
        collection: (inner, rest) => inner.stat(rest, context),
        other: async () => (name === key ? stat : output.stat(name, context)),
      }),
    read: (name, range, context) =>
      of(name, {
        collection: (inner, rest) => inner.read(rest, range, context),
        async other() {
          if (name === sidecarOf(key)) return new Blob([sidecar]).stream()
          return name === key ? file.read(basename(path), range, context) : output.read(name, range, context)
        },
      }),
    list: (prefix, context) =>
      of(prefix, {
        collection: (inner, rest) => keysOf(inner, rest),
        other: () => output.list(prefix, context),
      }),
  }
  const words = { file: `file ${filename}`, again: 'upload it again and make another batch' }
  return { store, key, etag: sha256, stat, words }
}

async function* keysOf(store: Store, prefix: string): AsyncGenerator<string, void> {
  for await (const key of store.list!(prefix)) yield COLLECTIONS_PREFIX + key
}

function missing(): never {
  throw new AppError(
    'invalid_request',
    'This server has no collections to search; name their place in the setting COLLECTIONS.',
    { details: { field: 'collection' } },
  )
}
