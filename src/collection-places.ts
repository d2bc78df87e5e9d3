import { type Collections, createCollections } from './collections/collections.ts'
import { createLater, type DatabaseCollections } from './collections/later.ts'
import { isPostgres, parsePostgres } from './collections/postgres/place.ts'
import { isS3Vectors, parseS3Vectors } from './collections/s3vectors/place.ts'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { openStore } from './storage/open.ts'
import { readSecretAt } from './storage/secret-at.ts'

/** The collections that a configuration names. Nothing is asked before the first request for one. */
export function openCollections(config: Config): Collections | undefined {
  const {
    collections,
    collectionBudgetBytes: budgetBytes,
    threads,
    s3Endpoint,
    hubEndpoint: endpoint,
  } = config
  if (collections === undefined) return undefined
  const database = openCollectionDatabase(config)
  if (database) return database
  const store = openStore(collections, { s3Endpoint, hub: { endpoint, locate: () => undefined } })
  const { list } = store
  if (!list) throw new AppError('internal', `${store.name} cannot be listed.`)
  return createCollections({ store: { ...store, list }, budgetBytes, threads })
}

/**
 * The database or vector bucket that a configuration names for its collections; `undefined` where they lie in a folder or
 * bucket, or there are none.
 *
 * @throws AppError `invalid_request` for an address that is none
 */
export function openCollectionDatabase(config: Config): DatabaseCollections | undefined {
  const { collections, collectionsPassword: word, collectionsPasswordPlace: place } = config
  if (collections === undefined) return undefined
  // A wrong address shows at the start, not with the first request.
  if (isS3Vectors(collections)) {
    parseS3Vectors(collections)
    return createLater(async () =>
      (await import('./collections/s3vectors/s3vectors-index.ts')).createS3VectorsIndex(collections),
    )
  }
  if (!isPostgres(collections)) return undefined
  parsePostgres(collections)
  // Read for each connection: a password that was replaced is taken without a restart.
  const password = place ? () => readSecretAt(place) : word
  return createLater(async () =>
    (await import('./collections/postgres/pgvector-index.ts')).createPgvectorIndex(collections, password),
  )
}
