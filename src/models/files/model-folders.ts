import { closeSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import { MOST_MANIFEST_BYTES, parseFolderManifest } from '../catalog/folder-manifest.ts'
import { FOLDER_ID, MANIFEST_FILE } from '../catalog/learned.ts'
import type { Manifest } from '../catalog/manifest.ts'

/** A manifest that is not there, or whose folder is none: no reason to speak of it. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR'])

/**
 * The manifest of a model that describes itself in `<folder>/<id>/manifest.json`; nothing where there is none. Read at
 * once, in some 0.1 ms, so that whoever resolves a name need not wait.
 *
 * @param id a name that {@link FOLDER_ID} lets pass
 * @throws AppError `artifact_corrupt` for a manifest that is wrong, `artifact_missing` for one that cannot be read
 */
export function readModelFolder(folder: string, id: string): Manifest | undefined {
  const path = join(folder, id, MANIFEST_FILE)
  const text = readShort(path)
  return text === undefined ? undefined : parseFolderManifest(text, id, path)
}

/** Names of the subfolders that could be models, in order of their names; none where there is no such folder. */
export function listModelFolders(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => FOLDER_ID.test(name))
      .sort()
  } catch {
    return []
  }
}

function readShort(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (cause) {
    if (ABSENT.has((cause as NodeJS.ErrnoException).code ?? '')) return undefined
    throw unreadable(path, cause)
  }
  try {
    const { size } = fstatSync(file)
    if (size <= MOST_MANIFEST_BYTES) return readFileSync(file, 'utf8')
    throw new AppError(
      'artifact_corrupt',
      `${path} has ${size} bytes; expected at most ${MOST_MANIFEST_BYTES} of a manifest.`,
      { retryable: false },
    )
  } catch (cause) {
    throw cause instanceof AppError ? cause : unreadable(path, cause)
  } finally {
    closeSync(file)
  }
}

function unreadable(path: string, cause: unknown): AppError {
  return new AppError(
    'artifact_missing',
    `${path} cannot be read; allow this program to read it and the folders above it.`,
    { cause },
  )
}
