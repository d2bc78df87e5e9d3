import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { ObjectStat, WriteOptions } from './store.ts'

/** Files whose names begin with this are none of a store's objects: drafts, and what was written beside others. */
export const HIDDEN = '.~'

/**
 * Puts a file in its place whole, with the folders above it: written under another name, flushed, renamed or linked
 * last. Answers whether it was written, which `onlyIfAbsent` alone can prevent.
 */
export async function writeWhole(
  path: string,
  body: Uint8Array,
  options: WriteOptions = {},
): Promise<boolean> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true })
  const draft = join(folder, HIDDEN + randomUUID())
  try {
    const inode = await writeDurably(draft, body)
    const beside = metadataPath(path, inode)
    if (options.metadata) await writeMetadata(beside, JSON.stringify(options.metadata))
    const written = options.onlyIfAbsent ? await linkOnce(draft, path) : await replace(draft, path, inode)
    if (!written) await rm(beside, { force: true })
    return written
  } finally {
    await rm(draft, { force: true })
  }
}

/** What was written beside the file with this inode. */
export async function readMetadata(path: string, inode: number): Promise<Pick<ObjectStat, 'metadata'>> {
  try {
    return { metadata: JSON.parse(await readFile(metadataPath(path, inode), 'utf8')) }
  } catch {
    return {}
  }
}

/** Takes a file away with what was written beside it; there need be none. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true })
  await removeMetadata(path)
}

/** The files below a folder as keys that begin with `prefix`, in order of their code points. */
export async function* listFiles(folder: string, prefix: string): AsyncGenerator<string, void> {
  const top = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const entries = await readdir(join(folder, top), { recursive: true, withFileTypes: true }).catch(() => [])
  const keys = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith(HIDDEN))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, '/').length).replaceAll('\\', '/'))
  yield* keys.filter((key) => key.startsWith(prefix)).sort(byCodePoints)
}

/** As S3 lists: in the order of UTF-8. */
function byCodePoints(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

/** Beside the file, under its inode: a rename or a link keeps that, so bytes and metadata appear as one. */
function metadataPath(path: string, inode: number): string {
  return join(dirname(path), `${HIDDEN}${basename(path)}.${inode}`)
}

/** Flushed before the file itself gets its name: a shard without its metadata would have no checkpoint. */
async function writeMetadata(path: string, text: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function writeDurably(path: string, body: Uint8Array): Promise<number> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(body)
    await file.sync()
    return (await file.stat()).ino
  } finally {
    await file.close()
  }
}

/** A link to a name that is taken fails, for all but one of those who try at once. */
async function linkOnce(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function replace(draft: string, path: string, inode: number): Promise<boolean> {
  await rename(draft, path)
  await removeMetadata(path, inode)
  return true
}

/** What lies beside `path`, but for the inode that is now its own. */
async function removeMetadata(path: string, except?: number): Promise<void> {
  const folder = dirname(path)
  const start = `${HIDDEN}${basename(path)}.`
  const names = await readdir(folder).catch(() => [])
  const old = names.filter((name) => name.startsWith(start) && name !== `${start}${except}`)
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })))
}
