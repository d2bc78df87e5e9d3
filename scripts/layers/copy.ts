import { copyFileSync, mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Archives keep times: with this one for every file, the same files make the same archive. */
const FILE_TIME = new Date('2000-01-01T00:00:00Z')

/** A file of a layer: its path from the layer's folder, and its size. */
export interface LayerFile {
  readonly path: string
  readonly bytes: number
}

/** Copies a file, with its folders, and gives it the time that all files of a layer have. */
export function copyInto(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(source, target)
  settle(target)
}

/** Gives a file that was written in place the time that all files of a layer have. */
export function settle(path: string): void {
  utimesSync(path, FILE_TIME, FILE_TIME)
}

/** Every file below `folder` in order of its path, none when there is no such folder. */
export function filesBelow(folder: string): LayerFile[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(folder, path).replaceAll('\\', '/'), bytes: statSync(path).size }))
    .sort((one, other) => (one.path < other.path ? -1 : 1))
}
