import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import { hasEnded, ownName } from '../../models/files/process-name.ts'

/**
 * Takes a folder for this process. One that a killed process had is taken over, and so is that of another machine, which
 * cannot be asked whether it lives: a volume is mounted by one server at a time.
 *
 * @throws AppError `upstream_failed` when another process of this machine has it and lives
 */
export async function takeFolder(folder: string): Promise<void> {
  const path = join(folder, 'owner')
  const owner = await readFile(path, 'utf8').catch(() => undefined)
  const own = ownName()
  if (owner !== undefined && owner !== own && hasEnded(owner) === false) {
    throw new AppError(
      'upstream_failed',
      `Files and batches are not served here: the folder ${folder} belongs to another server of this machine that runs; end it, or name a folder of this server's own in FILES.`,
    )
  }
  await writeFile(path, own)
}
