import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Context, throwIfDone } from '../context.ts'
import { missingObject, refused, unanswered } from './failures.ts'
import { safePath } from './keys.ts'
import { listFiles, readMetadata, removeFile, writeWhole } from './local-writes.ts'
import type { ByteRange, ObjectStat, Store, WritableStore } from './store.ts'
import { emptyStream, streamOf } from './streams.ts'

/** A store whose bytes lie on this disk. */
export type LocalStore = WritableStore & Required<Pick<Store, 'localPath'>>

/** The files below `folder` (a layer, a mount, a checkout) as a store; used in place, never copied. */
export function createDirectoryStore(folder: string): LocalStore {
  const name = `directory ${folder}`
  const localPath = (key: string) => join(folder, safePath(key))
  return {
    name,
    localPath,
    stat: (key) => statFile(name, key, localPath(key)),
    async read(key: string, range?: ByteRange, context?: Context) {
      const path = localPath(key)
      if (context) throwIfDone(context)
      if (!(await statFile(name, key, path))) throw missingObject(name, key)
      if (range && range.start >= range.end) return emptyStream()
      const options = range ? { start: range.start, end: range.end - 1 } : {}
      const file = createReadStream(path, options)
      return streamOf(file[Symbol.asyncIterator](), () => file.destroy())
    },
    list: (prefix) => listFiles(folder, prefix),
    async write(key, body, options, context) {
      if (context) throwIfDone(context)
      return await writeWhole(localPath(key), body, options).catch((error: NodeJS.ErrnoException) => {
        const remedy = 'make room there or allow this program to write'
        throw refused({ store: name, key, answer: error.code ?? error.message, remedy, cause: error })
      })
    },
    remove: async (key) => removeFile(localPath(key)),
  }
}

/** What says that there is no such file: no name, a file where a folder should be, a name that no file can have. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'])
/** What stays until somebody changes it; a disk or a mount that cannot answer may answer later. */
const LASTING = new Set(['EACCES', 'EPERM', 'ELOOP'])

async function statFile(store: string, key: string, path: string): Promise<ObjectStat | undefined> {
  try {
    const found = await stat(path)
    if (!found.isFile()) return undefined
    return { bytes: found.size, modifiedAt: found.mtimeMs, ...(await readMetadata(path, found.ino)) }
  } catch (cause) {
    const answer = (cause as NodeJS.ErrnoException).code ?? 'an unknown error'
    if (ABSENT.has(answer)) return undefined
    const remedy = 'allow this program to read it and the folders above it'
    if (LASTING.has(answer)) throw refused({ store, key, answer, remedy, cause })
    throw unanswered({ store, key, answer, cause })
  }
}
