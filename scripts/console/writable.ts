import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from './options.ts'

/**
 * Makes sure, before a long work, that a folder can be written to: it is made, and a file in it, and both are removed
 * again where they were not there.
 *
 * @throws UsageError that names the option, the place and what stands against it
 */
export function requireWritableFolder(option: string, folder: string): void {
  let made: string | undefined
  try {
    made = mkdirSync(folder, { recursive: true })
    const probe = join(folder, `.writable-${process.pid}`)
    closeSync(openSync(probe, 'wx'))
    rmSync(probe)
  } catch (error) {
    throw refused(option, folder, error, 'a folder that can be written, or that can be made')
  } finally {
    if (made !== undefined) rmSync(made, { recursive: true, force: true })
  }
}

/**
 * The same for a file, whose folder has to be there; what the file has is kept.
 *
 * @throws UsageError that names the option, the place and what stands against it
 */
export function requireWritableFile(option: string, file: string): void {
  const isNew = !existsSync(file)
  try {
    if (!isNew && statSync(file).isDirectory()) throw new Error('it is a folder')
    closeSync(openSync(file, 'a'))
    if (isNew) rmSync(file)
  } catch (error) {
    throw refused(option, file, error, 'a file in a folder that is there and can be written')
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder is not there',
  ENOTDIR: 'a part of it is a file',
  EEXIST: 'it is a file',
  EACCES: 'there is no right to',
  EPERM: 'there is no right to',
  EROFS: 'the disk can only be read',
  ENOSPC: 'the disk is full',
}

function refused(option: string, place: string, error: unknown, expected: string): UsageError {
  const { code, message } = error as NodeJS.ErrnoException
  const reason = REASONS[code ?? ''] ?? message
  return new UsageError(`${option} is ${place}, which cannot be written: ${reason}; expected ${expected}.`)
}
