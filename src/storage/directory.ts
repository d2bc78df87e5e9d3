import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { isAbsolute, join, normalize, sep } from 'node:path'
import { Readable } from 'node:stream'
import { AppError } from '../errors.ts'
import type { ByteRange, ObjectStat, Store } from './store.ts'

/** A store whose bytes lie on this disk. */
export type LocalStore = Store & Required<Pick<Store, 'localPath'>>

/** The files below `folder` (a layer, a mount, a checkout) as a store; used in place, never copied. */
export function createDirectoryStore(folder: string): LocalStore {
  const localPath = (key: string) => join(folder, safeKey(key))
  return {
    name: `directory ${folder}`,
    localPath,
    stat: (key) => statFile(localPath(key)),
    async read(key: string, range?: ByteRange) {
      const path = localPath(key)
      if (!(await statFile(path))) throw missing(key, folder)
      const options = range ? { start: range.start, end: range.end - 1 } : {}
      return Readable.toWeb(createReadStream(path, options)) as ReadableStream<Uint8Array>
    },
  }
}

async function statFile(path: string): Promise<ObjectStat | undefined> {
  try {
    const found = await stat(path)
    return found.isFile() ? { bytes: found.size } : undefined
  } catch {
    return undefined
  }
}

/** Refuses keys that would leave the store: absolute paths, `..`, NUL. */
function safeKey(key: string): string {
  const path = normalize(key)
  if (!isAbsolute(path) && path !== '..' && !path.startsWith(`..${sep}`) && !path.includes('\0')) return path
  throw new AppError(
    'invalid_request',
    `Key ${JSON.stringify(key)} leaves its store; expected a relative path without "..".`,
  )
}

function missing(key: string, folder: string): AppError {
  return new AppError('artifact_missing', `Directory ${folder} has no file ${key}; check MODEL_SOURCES.`, {
    details: { key },
  })
}
