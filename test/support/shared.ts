import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'

/** Data and models that are not part of the checkout lie beside it; `SHARED_DIR` names another place. */
export const sharedFolder = process.env.SHARED_DIR ?? join(import.meta.dirname, '..', '..', '..', 'shared')

/** Models with the weights that their makers published, `<id>/<file>` each; `MODELS` names another place. */
export const modelsFolder = process.env.MODELS ?? join(sharedFolder, 'models')

/** A test that needs files of the shared folder; without them it is reported as skipped, by the files' names. */
export function testWithShared(name: string, files: readonly string[], run: () => Promise<void>): void {
  testWithFiles(name, files.map(placeOf), run)
}

/** As {@link testWithShared}, of a test that needs models of {@link modelsFolder}: their graphs, `<id>/<path>`. */
export function testWithModels(
  name: string,
  graphs: readonly string[],
  run: () => Promise<void>,
  data: readonly string[] = [],
): void {
  testWithFiles(name, [...graphs.map((graph) => join(modelsFolder, graph)), ...data.map(placeOf)], run)
}

function placeOf(file: string): string {
  return join(sharedFolder, file)
}

function testWithFiles(name: string, paths: readonly string[], run: () => Promise<void>): void {
  const missing = paths.filter((path) => !existsSync(path))
  if (missing.length === 0) test(name, run, 300_000)
  else test.skip(`${name} (skipped: no ${missing.join(', ')}; MODELS and SHARED_DIR name folders)`, () => {})
}
