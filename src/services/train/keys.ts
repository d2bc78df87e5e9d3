import { createHash } from 'node:crypto'

/** Where pairs to learn from are put, a folder for each job. */
export const TRAIN_PREFIX = 'train/'
/** The file of such a folder that begins its job, and so is uploaded last. */
export const TRAIN_SETTINGS = 'learn.json'
/** Where what was learned appears, a folder for each job. */
export const LEARNED_PREFIX = 'learned/'
/** Below it lies which job a message of the queue began. */
export const LEARNED_NOTES = `${LEARNED_PREFIX}_messages/`

const HASH_DIGITS = 16
const LONGEST_NAME = 60

/** The folder of a job's files, `train/<name>/`, when `key` is the object that begins it; otherwise undefined. */
export function trainFolderOf(key: string): string | undefined {
  const [, folder] = /^(train\/[^/]+\/)learn\.json$/.exec(key) ?? []
  return folder
}

/**
 * The name of the job of a folder with these versions of its files: readable, safe in a path, and another for any other
 * version of any of them.
 *
 * @param versions ETags or version ids of the files by their keys
 */
export function trainJobId(
  folder: string,
  versions: readonly (readonly [key: string, version: string])[],
): string {
  const readable = folder
    .slice(TRAIN_PREFIX.length, -1)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, LONGEST_NAME)
    .replace(/^[._-]+/, '')
  const hash = createHash('sha256')
    .update(JSON.stringify([folder, versions]))
    .digest('hex')
  return `${readable || 'job'}-${hash.slice(0, HASH_DIGITS)}`
}

/** The keys of what one job writes. */
export interface TrainKeys {
  /** `learned/<job>/` */
  readonly folder: string
  /** The files and settings that the job began with. */
  readonly job: string
  /** How the job ends, decided once; the two below are copies of it. */
  readonly end: string
  readonly success: string
  readonly failed: string
  /** What is kept of a step of the work, by the name of the step. */
  state(step: string): string
}

/** The keys of the job `id`. */
export function trainKeys(id: string): TrainKeys {
  const folder = `${LEARNED_PREFIX}${id}/`
  return {
    folder,
    job: `${folder}_JOB.json`,
    end: `${folder}_END.json`,
    success: `${folder}_SUCCESS.json`,
    failed: `${folder}_FAILED.json`,
    state: (step) => `${folder}_state/${step}`,
  }
}
