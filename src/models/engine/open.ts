import type { HubPlace } from '../../storage/hub.ts'
import { openStore } from '../../storage/open.ts'
import type { Store } from '../../storage/store.ts'
import type { Manifest, ModelFiles } from '../catalog/manifest.ts'
import { createDiskCache } from '../files/cache.ts'
import type { CacheSettings } from '../files/cache-reservation.ts'
import type { Engine } from './engine.ts'
import { createLocalEngine } from './in-process.ts'

/** What an engine is made of, as plain data that can be sent to another thread. */
export interface EngineSettings {
  readonly manifests: readonly Manifest[]
  /** Places of models as in MODEL_SOURCES, searched in order for each model. */
  readonly sources: readonly string[]
  /** Needed by sources that do not lie on this disk. */
  readonly fetching?: FetchSettings | undefined
  /** Most bytes of memory that models may take at once. */
  readonly budgetBytes: number
  readonly threads: number
  /** Most padded tokens in one run of a graph. */
  readonly tokenBudget: number
}

/** How to reach sources that do not lie on this disk, and where to put what comes from there. */
interface FetchSettings {
  readonly cache: CacheSettings
  /** Another S3 server than Amazon's. */
  readonly s3Endpoint?: string | undefined
  readonly hubEndpoint: string
  readonly hubToken?: string | undefined
}

/** Models that were trained here are on no hub. */
const OWN_REPOS = 'serverless-embeddings/'

/** An engine in this thread over the sources of `settings`. */
export function openEngine(settings: EngineSettings): Engine {
  const { sources: _, fetching, ...parts } = settings
  const stores = openSources(settings)
  return createLocalEngine({ ...parts, stores, cache: fetching && createDiskCache(fetching.cache) })
}

/** The stores of the places of models; none is asked before it is used. */
export function openSources({
  sources,
  fetching,
  manifests,
}: Pick<EngineSettings, 'sources' | 'fetching'> & { readonly manifests: readonly ModelFiles[] }): Store[] {
  const hub: HubPlace = {
    endpoint: fetching?.hubEndpoint ?? 'https://huggingface.co',
    token: fetching?.hubToken,
    locate: hubLocator(manifests),
  }
  return sources.map((source) => openStore(source, { s3Endpoint: fetching?.s3Endpoint, hub }))
}

/** Where on the hub a key `<id>/<path>` lies: nowhere unless a manifest lists it among the model's own files. */
export function hubLocator(manifests: readonly ModelFiles[]): HubPlace['locate'] {
  const byId = new Map(manifests.map((manifest) => [manifest.id, manifest]))
  return (key) => {
    const slash = key.indexOf('/')
    const path = key.slice(slash + 1)
    const manifest = byId.get(key.slice(0, slash))
    if (!manifest || manifest.repo.startsWith(OWN_REPOS)) return undefined
    const file = manifest.files.find((candidate) => candidate.path === path)
    if (!file) return undefined
    if (manifest.graphFrom && path === manifest.graph) return undefined
    return { ...file, repo: manifest.repo, revision: manifest.revision }
  }
}
