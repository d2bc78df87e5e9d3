import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'

/** Data and models that are not part of the checkout lie beside it; `SHARED_DIR` names another place. */
export const sharedFolder = process.env.SHARED_DIR ?? join(import.meta.dirname, '..', '..', '..', 'shared')

/** A test that needs files of the shared folder; without them it is reported as skipped, by the files' names. */
export function testWithShared(name: string, files: readonly string[], run: () => Promise<void>): void {
  const missing = files.filter((file) => !existsSync(join(sharedFolder, file)))
  if (missing.length === 0) test(name, run, 300_000)
  else test.skip(`${name} (skipped: no ${missing.join(', ')} in ${sharedFolder})`, () => {})
}
