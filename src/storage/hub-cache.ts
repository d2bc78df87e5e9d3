import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { createDirectoryStore, type LocalStore } from './directory.ts'
import { refused } from './failures.ts'
import type { HubFile, HubPlace } from './hub.ts'
import { safePath } from './keys.ts'

const SHA256 = /^[0-9a-f]{64}$/
const COMMIT = /^[0-9a-f]{40}$/

/**
 * A directory of models that may be, or hold beside `<id>/<file>`, a cache of the hub as `huggingface_hub` keeps it:
 * `models--owner--name/snapshots/<commit>/<file>`, links into `blobs/`. A file that is not there under its key is looked
 * for in the snapshot of its commit; then in the one that `refs/main` names, where its size, and its SHA-256 if the name of
 * the blob tells it, are the expected ones: most commits of a repository change its card alone. Nothing is copied.
 *
 * Keys that `locate` does not know are those of a plain directory. A link that leads out of the folder is refused with
 * AppError `artifact_missing`.
 */
export function createModelFolderStore(folder: string, locate: HubPlace['locate']): LocalStore {
  const plain = createDirectoryStore(folder)
  /** The key under which the directory has the object: its own, or one in the cache. */
  const placeOf = (key: string): string => {
    const file = locate(safePath(key))
    if (!file || existsSync(plain.localPath(key))) return key
    const found = snapshotsWith(folder, file)
    if (found === undefined) return key
    requireInside(folder, found, plain.name)
    return found
  }
  return {
    ...plain,
    localPath: (key) => plain.localPath(placeOf(key)),
    stat: async (key, context) => plain.stat(placeOf(key), context),
    read: async (key, range, context) => plain.read(placeOf(key), range, context),
  }
}

/** The key in the cache of a file that is the expected one as far as names and sizes tell. */
function snapshotsWith(folder: string, file: HubFile): string | undefined {
  const repository = `models--${file.repo.replaceAll('/', '--')}`
  const keyIn = (commit: string) => safePath(`${repository}/snapshots/${commit}/${file.path}`)
  const pinned = keyIn(file.revision)
  if (existsSync(join(folder, pinned))) return pinned
  const main = readRef(join(folder, repository, 'refs', 'main'))
  if (main === undefined) return undefined
  const other = keyIn(main)
  return isExpected(join(folder, other), file) ? other : undefined
}

function readRef(path: string): string | undefined {
  try {
    const commit = readFileSync(path, 'utf8').trim()
    return COMMIT.test(commit) ? commit : undefined
  } catch {
    return undefined
  }
}

/** Blobs of large files are named after their SHA-256, those of others after Git's hash. */
function isExpected(path: string, { bytes, sha256 }: HubFile): boolean {
  try {
    if (statSync(path).size !== bytes) return false
    const blob = basename(realpathSync(path))
    return !SHA256.test(blob) || blob === sha256
  } catch {
    return false
  }
}

function requireInside(folder: string, key: string, store: string): void {
  if (realpathSync(join(folder, key)).startsWith(realpathSync(folder) + sep)) return
  const remedy = 'put the file itself into the folder'
  throw refused({ store, key, answer: 'it is a link that leads out of the folder', remedy })
}
