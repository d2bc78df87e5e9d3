import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'

/** Unpacks a zip archive below `folder`, as Lambda does with functions and layers. */
export function unpack(archive: string, folder: string): void {
  mkdirSync(folder, { recursive: true })
  const { status, stderr, error } = spawnSync('python3', ['-m', 'zipfile', '-e', archive, folder], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${archive} could not be unpacked: ${error?.message ?? stderr}`)
}
