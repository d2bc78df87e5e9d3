import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { AppError } from '../../src/errors.ts'
import { didYouMean } from '../../src/nearest.ts'
import type { SourceWords } from '../../src/services/batch/end-job.ts'
import { COLLECTIONS_PREFIX } from '../../src/services/batch/formats/collection-jobs.ts'
import { INPUT_PREFIX, OUTPUT_PREFIX, sidecarOf } from '../../src/services/batch/plan/job-keys.ts'
import { parseOption, parseSidecar } from '../../src/services/batch/plan/settings.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { HIDDEN } from '../../src/storage/local-writes.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { optionOf } from './options.ts'

/** A folder that holds what a bucket holds below `output/`. */
export function openOutput(folder: string): WritableStore {
  const store = createDirectoryStore(resolve(folder))
  const inner = (key: string) => key.slice(OUTPUT_PREFIX.length)
  return {
    name: store.name,
    read: (key, ...rest) => store.read(inner(key), ...rest),
    stat: (key, ...rest) => store.stat(inner(key), ...rest),
    write: (key, ...rest) => store.write(inner(key), ...rest),
    remove: (key, ...rest) => store.remove(inner(key), ...rest),
    async *list(prefix, ...rest) {
      for await (const key of store.list(inner(prefix), ...rest)) yield OUTPUT_PREFIX + key
    },
  }
}

/** A file of this disk and a folder for its output, as the bucket that a worker expects. */
interface LaptopPlace {
  readonly store: WritableStore
  readonly key: string
  readonly words: SourceWords
}

/**
 * The place of a run on this machine. Settings are those of `<file>.job.json`, if there is one, and then those of the
 * command line. A file of other content is another version, as in a bucket. Collections lie in the folder COLLECTIONS, by
 * default `collections`.
 *
 * @throws AppError `artifact_missing` when there is no such file, `invalid_request` when its settings are wrong
 */
export function openLaptop(file: string, out: string, settings: object): LaptopPlace {
  const path = resolve(file)
  refuseMissing(file, path)
  const key = INPUT_PREFIX + basename(path)
  const files = createDirectoryStore(dirname(path))
  const versionOf = createVersions()
  const output = openOutput(out)
  const collections = createDirectoryStore(resolve(process.env.COLLECTIONS ?? 'collections'))
  const members = (name: string) => name.slice(COLLECTIONS_PREFIX.length)
  const isMember = (name: string) => name.startsWith(COLLECTIONS_PREFIX)
  for (const [name, value] of Object.entries(settings)) parseOption(name, value, optionOf(name))
  const besides = `${path}.job.json`
  const written = existsSync(besides) ? parseSidecar(readFileSync(besides, 'utf8'), besides) : {}
  const sidecar = Buffer.from(JSON.stringify({ ...written, ...settings }))
  const isInput = (name: string) => name.startsWith(INPUT_PREFIX)
  const store: WritableStore = {
    ...output,
    nameOf: (prefix) => (isMember(prefix) ? collections.name : output.name),
    list: (prefix, context) =>
      isMember(prefix) ? collectionKeys(collections, members(prefix)) : output.list(prefix, context),
    write: (name, ...rest) =>
      isMember(name) ? collections.write(members(name), ...rest) : output.write(name, ...rest),
    async stat(name, context) {
      if (isMember(name)) return collections.stat(members(name), context)
      if (!isInput(name)) return output.stat(name, context)
      if (name !== key) return undefined
      const stat = await files.stat(basename(path), context)
      return stat && { bytes: stat.bytes, etag: await versionOf(path) }
    },
    async read(name, range, context) {
      if (isMember(name)) return collections.read(members(name), range, context)
      if (!isInput(name)) return output.read(name, range, context)
      if (name === sidecarOf(key)) return new Blob([sidecar]).stream()
      return files.read(basename(path), range, context)
    },
  }
  return { store, key, words: { file: `file ${file}`, again: 'run the command again to start anew' } }
}

function refuseMissing(file: string, path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile()) return
  const why = found ? 'is no file but a folder; name the files in it one by one' : nearestOf(path)
  throw new AppError('artifact_missing', `${file} ${why}.`, { details: { file } })
}

/** That there is no such file, with the names beside it that are like it. */
function nearestOf(path: string): string {
  const folder = dirname(path)
  if (!existsSync(folder)) return `is not there: there is no folder ${folder}`
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
  const near = didYouMean(
    basename(path),
    // Of the same kind: README.md is near to resumes.csv by its letters alone.
    files.map(({ name }) => name).filter((name) => extname(name) === extname(path)),
  ).replace(/\?$/, '')
  return `is not there${near || `; look for it in ${folder}`}`
}

async function* collectionKeys(store: WritableStore, prefix: string): AsyncGenerator<string, void> {
  for await (const key of store.list(prefix)) yield COLLECTIONS_PREFIX + key
}

/** What was left beside so long ago that no run can be about to use it. */
const ABANDONED_MS = 10 * 60 * 1000

/** Takes away what lies hidden beside the shards of a job that has succeeded: checkpoints, and drafts of killed runs. */
export async function tidyJob(out: string, job: string): Promise<void> {
  const folder = resolve(out, job)
  for (const name of await readdir(folder)) {
    if (!name.startsWith(HIDDEN)) continue
    const path = join(folder, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    const isCheckpoint = /^part-/.test(name.slice(HIDDEN.length))
    if (isCheckpoint || Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { force: true })
  }
}

/** Digits of a hash that stand for a content. */
const VERSION_DIGITS = 32

/**
 * Versions by content: a name, a size and a time can be those of another file. Half a gigabyte a second, and only
 * once for as long as size, time and inode stay the same.
 */
function createVersions(): (path: string) => Promise<string> {
  let known: { readonly seen: string; readonly version: Promise<string> } | undefined
  return async (path) => {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true })
    const seen = `${path} ${size} ${mtimeNs} ${ino}`
    if (known?.seen !== seen) known = { seen, version: hashOf(path) }
    return known.version
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk)
  return hash.digest('hex').slice(0, VERSION_DIGITS)
}
