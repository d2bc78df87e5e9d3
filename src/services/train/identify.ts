import type { Context } from '../../context.ts'
import type { WritableStore } from '../../storage/store.ts'
import { TRAIN_PREFIX, TRAIN_SETTINGS, trainJobId } from './keys.ts'

/** A file of a job's folder, of one version. */
export interface TrainFile {
  /** Below the folder. */
  readonly name: string
  readonly bytes: number
  readonly etag: string
}

/** A job as its files are now. */
export interface TrainJob {
  readonly id: string
  /** `train/<name>/` */
  readonly folder: string
  /** The folder's own name. */
  readonly name: string
  /** The key of the object that begins the job. */
  readonly key: string
  /** All files of the folder itself, in order of their names. */
  readonly files: readonly TrainFile[]
}

/** A folder has a handful; of more the rest is another thing than a job. */
const MOST_FILES = 100

/**
 * The job of a folder: named by the versions of all its files, so that two messages about the same files are about one
 * job, and other files make another one. Undefined where its settings are not there.
 */
export async function identify(
  store: WritableStore,
  folder: string,
  context: Context,
): Promise<TrainJob | undefined> {
  const files: TrainFile[] = []
  for await (const key of store.list(folder, context)) {
    const name = key.slice(folder.length)
    if (name === '' || name.includes('/')) continue
    const stat = await store.stat(key, context)
    if (stat) files.push({ name, bytes: stat.bytes, etag: stat.etag ?? String(stat.modifiedAt ?? '') })
    if (files.length === MOST_FILES) break
  }
  if (!files.some(({ name }) => name === TRAIN_SETTINGS)) return undefined
  const versions = files.map(({ name, bytes, etag }) => [name, `${bytes} ${etag}`] as const)
  return {
    id: trainJobId(folder, versions),
    folder,
    name: folder.slice(TRAIN_PREFIX.length, -1),
    key: folder + TRAIN_SETTINGS,
    files,
  }
}
