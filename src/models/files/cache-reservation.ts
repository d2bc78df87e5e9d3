import { rmSync } from 'node:fs'
import { type Context, throwIfDone, withinContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { unwritable } from './cache-errors.ts'
import { type CacheFolder, openCacheFolder } from './cache-folder.ts'

/** Where fetched models lie. */
export interface CacheSettings {
  readonly folder: string
  /** Most bytes of models on disk at once; fewer when the disk has less room. */
  readonly maxBytes: number
}

/** Bytes of the cache that are kept for one model. */
export interface Reservation {
  /** Where to write what will be renamed; absent when the model is complete in a cache that cannot be written. */
  readonly partialFolder: string | undefined
  /** Says that so many of the missing bytes are there now. */
  arrived(bytes: number): void
  release(): void
}

/** Room for models in a folder, made by evicting those that were not used for longest and are not in use. */
interface CacheReservations {
  /**
   * Room for a model of which `missingBytes()` are still to come. Waits for models in use if need be.
   *
   * @throws AppError `model_too_large` when there cannot be room, `artifact_missing` when the folder cannot be
   * written, `deadline_exceeded`
   */
  take(name: string, missingBytes: () => number, context: Context): Promise<Reservation>
}

interface Taken {
  readonly partialFolder: string | undefined
  /** Room was made for them, and they are not there yet. */
  missingBytes: number
  users: number
}

/** The reservations in the cache of a folder, which need not exist yet. */
export function createCacheReservations({ folder, maxBytes }: CacheSettings): CacheReservations {
  const disk = openCacheFolder(folder)
  const taken = new Map<string, Taken>()
  const waiting: (() => void)[] = []
  const promisedBytes = () => sumOf(taken.values(), ({ missingBytes }) => missingBytes)

  const enter = (name: string, missingBytes: number): Taken | string => {
    const partialFolder = markOrNot(disk, folder, name, missingBytes)
    const problem =
      partialFolder && missingBytes > 0
        ? makeRoom({ disk, maxBytes, promisedBytes: promisedBytes(), bytes: missingBytes, partialFolder })
        : undefined
    if (problem !== undefined) {
      rmSync(partialFolder!, { recursive: true, force: true })
      return problem
    }
    const entry = { partialFolder, missingBytes, users: 0 }
    taken.set(name, entry)
    return entry
  }
  const leave = (name: string, entry: Taken) => {
    entry.users--
    if (entry.users > 0) return
    taken.delete(name)
    if (entry.partialFolder) rmSync(entry.partialFolder, { recursive: true, force: true })
    for (const resume of waiting.splice(0)) resume()
  }
  const reservationOf = (name: string, entry: Taken): Reservation => {
    entry.users++
    if (entry.partialFolder) disk.touch(name)
    return {
      partialFolder: entry.partialFolder,
      arrived(bytes) {
        entry.missingBytes = Math.max(0, entry.missingBytes - bytes)
      },
      release: () => leave(name, entry),
    }
  }

  return {
    async take(name, missingBytes, context) {
      for (;;) {
        throwIfDone(context)
        const missing = missingBytes()
        const entry = taken.get(name) ?? enter(name, missing)
        if (typeof entry !== 'string') return reservationOf(name, entry)
        if (taken.size === 0 || missing > maxBytes) throw tooLarge(name, missing, entry)
        await withinContext(context, new Promise<void>((resolve) => waiting.push(resolve)))
      }
    },
  }
}

interface RoomNeeded {
  readonly disk: CacheFolder
  readonly maxBytes: number
  /** What others were promised that is not on disk yet. */
  readonly promisedBytes: number
  readonly bytes: number
  readonly partialFolder: string
}

/** Evicts until `bytes` more fit; otherwise says what stands in the way. */
function makeRoom({ disk, maxBytes, promisedBytes, bytes, partialFolder }: RoomNeeded): string | undefined {
  for (;;) {
    const { models, partialBytes } = disk.scan()
    const usedBytes = sumOf(models, (model) => model.bytes) + partialBytes + promisedBytes
    const freeBytes = disk.freeBytes() - promisedBytes
    if (usedBytes + bytes <= maxBytes && bytes <= freeBytes) return undefined
    const [oldest] = models.filter(({ marked }) => !marked).sort((one, other) => one.usedAt - other.usedAt)
    if (!oldest) {
      return `${usedBytes} of ${maxBytes} bytes are in use, ${Math.max(0, freeBytes)} are free on disk`
    }
    disk.evict(oldest.name, partialFolder)
  }
}

/** A cache that cannot be written serves what it has all the same. */
function markOrNot(
  disk: CacheFolder,
  folder: string,
  name: string,
  missingBytes: number,
): string | undefined {
  try {
    return disk.mark(name)
  } catch (cause) {
    if (missingBytes === 0) return undefined
    throw unwritable(folder, cause)
  }
}

function sumOf<T>(values: Iterable<T>, bytesOf: (value: T) => number): number {
  let sum = 0
  for (const value of values) sum += bytesOf(value)
  return sum
}

function tooLarge(name: string, missingBytes: number, problem: string): AppError {
  return new AppError(
    'model_too_large',
    `The cache has no room for ${missingBytes} bytes of ${name}: ${problem}; raise MODEL_CACHE_BYTES, give the function a larger /tmp, or put the model in a layer.`,
    { details: { name, missingBytes } },
  )
}
