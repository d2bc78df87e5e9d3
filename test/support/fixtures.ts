import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Engine } from '../../src/models/engine.ts'
import { createLocalEngine, type LocalEngineParts } from '../../src/models/local.ts'
import type { Manifest } from '../../src/models/manifest.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'

/** Where the small models lie that `npm run fixtures` writes. */
export const fixtureFolder = join(import.meta.dirname, '..', 'fixtures', 'models')

/** The manifests of all fixture models: five architectures, each in float32 and int8. */
export const fixtureManifests: readonly Manifest[] = JSON.parse(
  readFileSync(join(fixtureFolder, 'catalog.json'), 'utf8'),
)

/** An engine over the fixture models, closed when the test ends. */
export function openFixtures(parts: Partial<LocalEngineParts> = {}): Engine {
  const engine = createLocalEngine({
    manifests: fixtureManifests,
    stores: [createDirectoryStore(fixtureFolder)],
    budgetBytes: 1e8,
    threads: 1,
    tokenBudget: 512,
    ...parts,
  })
  onTestFinished(() => engine.close())
  return engine
}
