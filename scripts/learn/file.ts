import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { AppError } from '../../src/errors.ts'
import type { LearningFile } from '../../src/learning/read-files.ts'
import { readFileOptions } from '../console/rows.ts'

/**
 * A file of this disk to learn from, read by what the options of the command line say.
 *
 * @throws AppError `artifact_missing` without the file
 */
export async function openFile(
  path: string,
  options: Parameters<typeof readFileOptions>[0],
): Promise<LearningFile> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile())
    throw new AppError('artifact_missing', `${path} is no file that is there.`, { details: { file: path } })
  const read = async function* (start: number, end: number) {
    if (end > start) yield* createReadStream(path, { start, end: end - 1 }) as AsyncIterable<Uint8Array>
  }
  return { name: path, source: { bytes: found.size, read }, hints: readFileOptions(options) }
}
