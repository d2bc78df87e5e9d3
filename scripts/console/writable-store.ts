import { readConfig } from '../../src/config.ts'
import { AppError } from '../../src/errors.ts'
import { openStore } from '../../src/storage/open.ts'
import type { WritableStore } from '../../src/storage/store.ts'

/**
 * The store that a place names: a folder, or `s3://bucket/prefix` at the endpoint of the settings.
 *
 * @throws AppError `invalid_request` when the place is missing, or cannot be written as the hub cannot
 */
export function openWritableStore(
  place: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): WritableStore {
  const expected = 'expected a directory or s3://bucket/prefix.'
  if (place === undefined)
    throw new AppError('invalid_request', `No place to write to was named; ${expected}`)
  const { s3Endpoint, hubEndpoint } = readConfig(environment, { memoryBytes: 1, processors: 1, root: '.' })
  const store = openStore(place, { s3Endpoint, hub: { endpoint: hubEndpoint, locate: () => undefined } })
  const { write, list, remove } = store
  if (write && list && remove) return { ...store, write, list, remove }
  throw new AppError('invalid_request', `${place} cannot be written; ${expected}`)
}
