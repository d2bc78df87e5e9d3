import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import catalog from '../../src/models/catalog/catalog.json' with { type: 'json' }
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import type { EngineSettings } from '../../src/models/engine/open.ts'

/** The folder with the models that ship. */
export const shippedFolder = join(import.meta.dirname, '..', '..', 'layers', 'models')

const [shipped] = catalog as Manifest[]

/** The model that ships, as if it came from a hub: 12 MB of weights and a tokenizer. */
export const hubModel: Manifest = { ...shipped!, repo: 'owner/jobs-static-2' }

/** Its files by path. */
export function modelFiles(): ReadonlyMap<string, Buffer> {
  return new Map(
    hubModel.files.map(({ path }) => [path, readFileSync(join(shippedFolder, hubModel.id, path))]),
  )
}

/** An engine for the model over these sources, with a cache in `folder`. */
export function settingsFor(
  folder: string,
  sources: readonly string[],
  { hubEndpoint = 'http://127.0.0.1:9', s3Endpoint }: { hubEndpoint?: string; s3Endpoint?: string } = {},
): EngineSettings {
  return {
    manifests: [hubModel],
    sources,
    fetching: { cache: { folder, maxBytes: 1e9 }, hubEndpoint, ...(s3Endpoint && { s3Endpoint }) },
    budgetBytes: 1e9,
    threads: 1,
    tokenBudget: 512,
  }
}
