import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, readConfig } from '../../src/config.ts'
import type { TinyModels } from './tiny-model.ts'

/** The settings of a process that serves the tiny models, as its environment has them. */
export function environmentOf({ folder, manifests }: TinyModels): Record<string, string> {
  const catalog = join(folder, 'catalog.json')
  writeFileSync(catalog, JSON.stringify(manifests))
  return { MODEL_SOURCES: folder, MODEL_CATALOG: catalog, DEFAULT_MODEL: 'little', PORT: '0', THREADS: '1' }
}

/** The same settings, read, with some of them changed. */
export function configOf(models: TinyModels, changes: Partial<Config> = {}): Config {
  const machine = { memoryBytes: 1e9, processors: 1, root: '/nowhere' }
  return { ...readConfig(environmentOf(models), machine), ...changes }
}
