import type { Config } from './config.ts'
import type { Catalog } from './models/catalog/catalog.ts'
import { openSources } from './models/engine/open.ts'
import type { Store } from './storage/store.ts'

/** The places of models, for small files that are read where they lie; none is asked before it is used. */
export function openModelStores(config: Config, catalog: Catalog): Store[] {
  const { modelSources: sources, s3Endpoint, hubEndpoint, hubToken } = config
  const cache = { folder: config.modelCache, maxBytes: config.modelCacheBytes }
  const manifests = catalog.entries().map(({ manifest }) => manifest)
  return openSources({ sources, manifests, fetching: { cache, s3Endpoint, hubEndpoint, hubToken } })
}
