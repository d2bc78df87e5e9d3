import { resolve } from 'node:path'
import { AppError } from '../errors.ts'
import { createDirectoryStore } from './directory.ts'
import { createHubStore, type HubPlace } from './hub.ts'
import type { S3Place } from './s3.ts'
import type { Store } from './store.ts'

/** What stores need beyond the name of a source. */
export interface SourceSettings {
  /** Another S3 server than Amazon's. */
  readonly s3Endpoint?: string | undefined
  readonly hub: HubPlace
}

/** What a source may look like, for error messages. */
export const SOURCE_FORMS = 'a directory, s3://bucket/prefix or hf:'

/**
 * The store that a source of MODEL_SOURCES names: a directory, `s3://bucket/prefix` or `hf:`. Nothing is loaded,
 * asked or looked at before the store is.
 *
 * @throws AppError `invalid_request` when the source has none of these forms
 */
export function openStore(source: string, settings: SourceSettings): Store {
  if (source === 'hf:') return createHubStore(settings.hub)
  if (source.startsWith('s3:')) return openS3(source, settings)
  if (!/^\w[\w+.-]+:/.test(source)) return createDirectoryStore(resolve(source))
  throw wrongSource(source)
}

function openS3(source: string, { s3Endpoint: endpoint }: SourceSettings): Store {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(source) ?? []
  if (!bucket) throw wrongSource(source)
  const place: S3Place = { bucket, prefix: prefix.replace(/^\/+|\/+$/g, ''), endpoint }
  return createLazyStore(source, async () => (await import('./s3.ts')).createS3Store(place))
}

/** A store that is made when it is first used: loading the S3 client takes 70 ms of a cold start. */
function createLazyStore(name: string, open: () => Promise<Store>): Store {
  let opened: Promise<Store> | undefined
  const store = () => {
    opened ??= open()
    return opened
  }
  return {
    name,
    stat: async (key, context) => (await store()).stat(key, context),
    read: async (key, range, context) => (await store()).read(key, range, context),
    readInto: async (key, range, take, context) => (await store()).readInto!(key, range, take, context),
    async *list(prefix, context) {
      yield* (await store()).list!(prefix, context)
    },
    write: async (key, body, metadata, context) => (await store()).write!(key, body, metadata, context),
  }
}

function wrongSource(source: string): AppError {
  return new AppError(
    'invalid_request',
    `MODEL_SOURCES has "${source}"; expected ${SOURCE_FORMS}, separated by commas.`,
    { details: { field: 'MODEL_SOURCES' } },
  )
}
