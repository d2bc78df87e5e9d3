import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import { writeWhole } from '../../storage/local-writes.ts'
import { streamOf } from '../../storage/streams.ts'
import { newId } from './ids.ts'
import type { Space } from './space.ts'

/** One file that callers see. */
export interface StoredFile {
  readonly id: string
  readonly filename: string
  readonly purpose: 'batch' | 'batch_output'
  readonly bytes: number
  /** Seconds since 1970, as all times here. */
  readonly createdAt: number
  readonly expiresAt: number
  /** Of an upload, in hexadecimal. */
  readonly sha256?: string
  /** Where its bytes lie, one behind the other, below the shelf's folder: never made of what a caller sent. */
  readonly parts: readonly string[]
}

/** Bytes that have come in and belong to no file yet. */
export interface Draft {
  readonly id: string
  readonly bytes: number
  readonly sha256: string
}

/** The files of one folder. */
export interface FileShelf {
  /**
   * Takes bytes as they come, no more than `most`, and flushes them to the disk.
   *
   * @throws AppError `payload_too_large`; what `chunks` throws. Nothing stays on the disk then
   */
  receive(chunks: AsyncIterable<Uint8Array>, most: number): Promise<Draft>
  /** Makes a file of a draft. */
  keep(draft: Draft, about: Pick<StoredFile, 'filename' | 'createdAt' | 'expiresAt'>): Promise<StoredFile>
  drop(draft: Draft): Promise<void>
  /** Makes a file of bytes that lie below the folder, under an id that was chosen before; again makes no difference. */
  adopt(file: StoredFile): Promise<void>
  get(id: string): StoredFile | undefined
  /** In the order of their making. */
  list(): readonly StoredFile[]
  read(file: StoredFile): ReadableStream<Uint8Array>
  remove(id: string): Promise<void>
}

/** Records are held in memory, some 500 bytes each. */
const MOST_FILES = 10_000

/** Opens the files below `folder`; what a killed process left half is taken away. */
export async function openFileShelf(folder: string, space: Space): Promise<FileShelf> {
  const files = await readFiles(folder)
  for (const { bytes } of files.values()) space.occupy(bytes)
  const record = (id: string) => join(folder, 'files', `${id}.json`)
  const bytesOf = (id: string) => join(folder, 'files', id)
  const write = async (file: StoredFile) => {
    await writeWhole(record(file.id), Buffer.from(JSON.stringify(file)))
    files.set(file.id, file)
  }
  return {
    async receive(chunks, most) {
      if (files.size >= MOST_FILES) throw tooManyFiles()
      const id = newId('file-')
      const taken = await writeDraft(join(folder, 'drafts', id), chunks, most, space)
      return { id, ...taken }
    },
    async keep({ id, bytes, sha256 }, about) {
      await rename(join(folder, 'drafts', id), bytesOf(id))
      const file: StoredFile = { id, purpose: 'batch', bytes, sha256, parts: [join('files', id)], ...about }
      await write(file)
      return file
    },
    async drop({ id, bytes }) {
      await rm(join(folder, 'drafts', id), { force: true })
      space.giveBack(bytes)
    },
    adopt: write,
    get: (id) => files.get(id),
    list: () => [...files.values()],
    read({ parts }) {
      const chunks = readParts(parts.map((part) => join(folder, part)))
      return streamOf(chunks, () => chunks.return())
    },
    async remove(id) {
      const file = files.get(id)
      if (!file) return
      files.delete(id)
      // The record goes first: bytes without one are taken away at the next start.
      await rm(record(id), { force: true })
      for (const part of file.parts) await rm(join(folder, part), { force: true })
      space.giveBack(file.bytes)
    },
  }
}

async function readFiles(folder: string): Promise<Map<string, StoredFile>> {
  await rm(join(folder, 'drafts'), { recursive: true, force: true })
  await mkdir(join(folder, 'drafts'), { recursive: true })
  await mkdir(join(folder, 'files'), { recursive: true })
  const names = await readdir(join(folder, 'files'))
  const files: StoredFile[] = []
  for (const name of names) {
    const path = join(folder, 'files', name)
    if (name.endsWith('.json')) files.push(JSON.parse(await readFile(path, 'utf8')) as StoredFile)
    else if (!names.includes(`${name}.json`)) await rm(path, { force: true })
  }
  files.sort((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1))
  return new Map(files.map((file) => [file.id, file]))
}

async function writeDraft(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  most: number,
  space: Space,
): Promise<Omit<Draft, 'id'>> {
  const hash = createHash('sha256')
  const file = await open(path, 'wx', 0o600)
  let bytes = 0
  try {
    for await (const chunk of chunks) {
      if (bytes + chunk.length > most) throw tooLarge(most)
      space.take(chunk.length)
      bytes += chunk.length
      hash.update(chunk)
      await file.writeFile(chunk)
    }
    await file.sync()
    return { bytes, sha256: hash.digest('hex') }
  } catch (error) {
    await rm(path, { force: true })
    space.giveBack(bytes)
    throw error
  } finally {
    await file.close()
  }
}

async function* readParts(paths: readonly string[]): AsyncGenerator<Uint8Array, void> {
  for (const path of paths) yield* createReadStream(path)
}

function tooLarge(most: number): AppError {
  return new AppError(
    'payload_too_large',
    `The file has more than ${most} bytes; expected at most as many; split it, or raise FILE_BYTES.`,
    { details: { field: 'file', maxBytes: most } },
  )
}

function tooManyFiles(): AppError {
  return new AppError(
    'payload_too_large',
    `There are ${MOST_FILES} files already; expected fewer; delete some that are no longer needed.`,
    { details: { maxFiles: MOST_FILES } },
  )
}
