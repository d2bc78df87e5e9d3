import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import { hasEnded, ownName } from './process-name.ts'

/** A model's folder in the cache. */
interface CachedFolder {
  readonly name: string
  readonly bytes: number
  /** Epoch milliseconds. */
  readonly usedAt: number
  /** Whether a living process uses it. */
  readonly marked: boolean
}

/**
 * The cache on disk, shared by whoever uses the same folder: models' folders side by side, and in `.marks` a folder
 * for each use of one, which holds what is being written. Calls are synchronous, so that within a process nothing
 * changes between looking and acting.
 */
export interface CacheFolder {
  /** Every model's folder, and the bytes that other processes are writing. Clears up after processes that died. */
  scan(): { readonly models: readonly CachedFolder[]; readonly partialBytes: number }
  /** Bytes that the disk has left. */
  freeBytes(): number
  /** Says that this process uses a model; returns the folder for what it writes, to be removed after use. */
  mark(name: string): string
  /** Says that a model was used now. */
  touch(name: string): void
  /** Takes a model out of sight at once, then removes it; unless someone has begun to use it. */
  evict(name: string, mark: string): void
}

/** Only folders with such names, which this cache makes, are evicted: a wrong setting then erases nothing else. */
const MODEL_FOLDER = /^[\w.-]+@[0-9a-f]{40}\.[0-9a-f]{12}$/
const MARKS = '.marks'
/** Whether a process elsewhere lives cannot be seen; one that has written nothing for an hour is given up. */
const ABANDONED_MS = 3_600_000

/** The cache in `folder`, which need not exist yet. */
export function openCacheFolder(folder: string): CacheFolder {
  const owner = ownName()
  const marks = join(folder, MARKS)
  let count = 0

  /** Of each mark in use, the model and the bytes that another process has written so far. */
  const livingMarks = () =>
    entriesOf(marks).flatMap((mark) => {
      const [name = '', by = ''] = mark.split('~')
      if (isOver(by, join(marks, mark))) {
        rmSync(join(marks, mark), { recursive: true, force: true })
        return []
      }
      return [{ name, bytes: by === owner ? 0 : bytesBelow(join(marks, mark)) }]
    })

  return {
    scan() {
      const living = livingMarks()
      const inUse = new Set(living.map(({ name }) => name))
      const models = entriesOf(folder)
        .filter((name) => MODEL_FOLDER.test(name))
        .map((name) => ({
          name,
          bytes: bytesBelow(join(folder, name)),
          usedAt: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
          marked: inUse.has(name),
        }))
      return { models, partialBytes: living.reduce((sum, { bytes }) => sum + bytes, 0) }
    },
    freeBytes() {
      const { bavail, bsize } = statfsSync(folder)
      return bavail * bsize
    },
    mark(name) {
      const path = join(marks, [name, owner, process.hrtime.bigint().toString(36), ++count].join('~'))
      mkdirSync(marks, { recursive: true })
      // In a call of its own: a recursive mkdir hides why it failed.
      mkdirSync(path)
      return path
    },
    touch(name) {
      const now = new Date()
      // A model that is yet to come has no folder.
      if (existsSync(join(folder, name))) utimesSync(join(folder, name), now, now)
    },
    evict(name, mark) {
      if (entriesOf(marks).some((entry) => entry.startsWith(`${name}~`))) return
      const trash = join(mark, `evicted-${++count}`)
      renameSync(join(folder, name), trash)
      rmSync(trash, { recursive: true, force: true })
    },
  }
}

function isOver(owner: string, mark: string): boolean {
  return (
    hasEnded(owner) ?? Date.now() - (statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? 0) > ABANDONED_MS
  )
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** What other processes remove meanwhile counts for nothing. */
function bytesBelow(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((path) => statSync(join(folder, path), { throwIfNoEntry: false }))
      .reduce((sum, found) => sum + (found?.isFile() ? found.size : 0), 0)
  } catch {
    return 0
  }
}
