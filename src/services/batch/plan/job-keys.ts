import { createHash } from 'node:crypto'

/** Where input files are put, and where the output of their jobs appears. */
export const INPUT_PREFIX = 'input/'
/** Where the output of jobs appears, a folder for each. */
export const OUTPUT_PREFIX = 'output/'

/** Below it lies which job a message of the queue began. */
export const MESSAGES_PREFIX = 'output/_messages/'

const SIDECAR = '.job.json'
/** Digits of shard and range numbers, so that names sort as numbers do. */
const DIGITS = 5
const HASH_DIGITS = 16
const SETTINGS_DIGITS = 8
const LONGEST_NAME = 60

/**
 * The name of the job for one version of an object with certain settings: readable, safe in a path, and another for
 * any other version or settings. Jobs of one version share everything but what follows the last dash.
 *
 * @param version the object's version id or ETag
 * @param settings whatever decides the output, as text
 */
export function jobIdOf(key: string, version: string, settings: string): string {
  return `${jobPrefixOf(key, version)}${shortHashOf(settings)}`
}

/** What the names of all jobs of one version of an object begin with, whatever their settings. */
export function jobPrefixOf(key: string, version: string): string {
  const file = key.slice(key.lastIndexOf('/') + 1)
  const readable = file.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, LONGEST_NAME)
  const source = hashOf(`${key}\n${version}`).slice(0, HASH_DIGITS)
  return `${readable.replace(/^[.-]+/, '') || 'file'}-${source}-`
}

/** Of settings as text, to tell those of one object apart: the few that a file is ever worked on with. */
export function shortHashOf(text: string): string {
  return hashOf(text).slice(0, SETTINGS_DIGITS)
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/**
 * The key of what is noted of a message of the queue about one object.
 *
 * @param notes the prefix of all such notes
 */
export function messageKey(message: string, key: string, notes = MESSAGES_PREFIX): string {
  return `${notes}${safe(message)}-${hashOf(key).slice(0, HASH_DIGITS)}.json`
}

function safe(name: string): string {
  return name.replace(/[^A-Za-z0-9-]/g, '-')
}

/** The key of an object's settings. */
export function sidecarOf(key: string): string {
  return key + SIDECAR
}

/** Whether an object under `input/` is a file to be worked on, rather than settings or a folder's placeholder. */
export function isInput(key: string): boolean {
  return key.startsWith(INPUT_PREFIX) && !key.endsWith(SIDECAR) && !key.endsWith('/')
}

/** The keys of what is said of a job as a whole. */
export interface JobKeys {
  /** `output/<job>/` */
  readonly folder: string
  readonly job: string
  readonly success: string
  readonly failed: string
  readonly cancelled: string
  /** The ranges of a job that was split. */
  readonly ranges: string
}

/** The keys of a job's shards, or of those of one of its byte ranges. */
export interface ShardKeys {
  /** The output shard with this number, from 0. */
  part(number: number): string
  /** The rows of that shard which could not be worked on. */
  errors(number: number): string
}

/** The keys of the job `id`. */
export function jobKeys(id: string): JobKeys {
  const folder = `${OUTPUT_PREFIX}${id}/`
  return {
    folder,
    job: `${folder}_JOB.json`,
    success: `${folder}_SUCCESS.json`,
    failed: `${folder}_FAILED.json`,
    cancelled: `${folder}_CANCELLED.json`,
    ranges: `${folder}_ranges.json`,
  }
}

/**
 * The keys of the shards of the job `id`; where it was split, of byte range number `range`: they are numbered within
 * the range, and sort by range first.
 */
export function shardKeys(id: string, extension: string, range?: number): ShardKeys {
  const { folder } = jobKeys(id)
  const infix = range === undefined ? '' : `${pad(range)}-`
  return {
    part: (number) => `${folder}part-${infix}${pad(number)}.${extension}`,
    errors: (number) => `${folder}errors-${infix}${pad(number)}.jsonl`,
  }
}

/** The keys of the first `count` shards, in order. */
export function partsOf({ part }: ShardKeys, count: number): string[] {
  return Array.from({ length: count }, (_, number) => part(number))
}

function pad(number: number): string {
  return String(number).padStart(DIGITS, '0')
}
