import { type Collections, createCollections } from './collections/collections.ts'
import { createLaterPgvector, type DatabaseCollections } from './collections/postgres/later.ts'
import { isPostgres } from './collections/postgres/place.ts'
import { createLaterS3Vectors } from './collections/s3vectors/later.ts'
import { isS3Vectors } from './collections/s3vectors/place.ts'
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
  if (isS3Vectors(collections)) return createLaterS3Vectors(collections)
  if (!isPostgres(collections)) return undefined
  // Read for each connection: a password that was replaced is taken without a restart.
  return createLaterPgvector(collections, place ? () => readSecretAt(place) : word)
}
