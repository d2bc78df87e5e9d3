import { resolve } from 'node:path'
import { invalid } from '../errors.ts'
import { once } from '../once.ts'
import { createHubStore, type HubPlace } from './hub.ts'
import { createModelFolderStore } from './hub-cache.ts'
import { parseSource, SOURCE_FORMS } from './source.ts'
import type { Store } from './store.ts'
import { createWebStore } from './web.ts'

/** What stores need beyond the name of a source. */
interface StoreSettings {
  /** Another S3 server than Amazon's. */
  readonly s3Endpoint?: string | undefined
  readonly hub: HubPlace
}

/**
 * The store of a source of MODEL_SOURCES. Nothing is loaded, asked or looked at before the store is.
 *
 * @throws AppError `invalid_request` when the source has no form that is known
 */
export function openStore(name: string, { s3Endpoint: endpoint, hub }: StoreSettings): Store {
  const source = parseSource(name)
  if (source?.kind === 'hub') return createHubStore(hub)
  if (source?.kind === 'directory') return createModelFolderStore(resolve(source.folder), hub.locate)
  if (source?.kind === 'web') return createWebStore(source.address)
  if (source)
    return createLazyStore(name, async () => (await import('./s3.ts')).createS3Store({ ...source, endpoint }))
  throw invalid(
    'MODEL_SOURCES',
    `MODEL_SOURCES has "${name}"; expected ${SOURCE_FORMS}, separated by commas.`,
  )
}

/**
 * A store with every capability that is made when it is first used: loading the S3 client takes 70 ms of a cold
 * start.
 */
function createLazyStore(name: string, open: () => Promise<Store>): Store {
  const store = once(open)
  return {
    name,
    stat: async (key, context) => (await store()).stat(key, context),
    read: async (key, range, context) => (await store()).read(key, range, context),
    readInto: async (key, range, take, context) => (await store()).readInto!(key, range, take, context),
    async *list(prefix, context) {
      yield* (await store()).list!(prefix, context)
    },
    write: async (key, body, options, context) => (await store()).write!(key, body, options, context),
    remove: async (key, context) => (await store()).remove!(key, context),
  }
}
