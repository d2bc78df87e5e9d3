import type { CandidateIndex } from '../../src/collections/candidate-index.ts'
import { createExactIndex } from '../../src/collections/exact-index.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { isPostgres } from '../../src/collections/postgres/place.ts'
import { isS3Vectors } from '../../src/collections/s3vectors/place.ts'
import { createS3VectorsIndex } from '../../src/collections/s3vectors/s3vectors-index.ts'
import type { CollectionEncoding } from '../../src/formats/collection-segment.ts'
import { openWritableStore } from '../console/writable-store.ts'

/** How a place is opened. */
interface PlaceSettings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Of collections that are built in a folder or bucket. */
  readonly encoding?: CollectionEncoding | undefined
}

/**
 * The collections of any place: a folder, `s3://bucket/prefix`, `postgres://…`, or `s3vectors://bucket/index`.
 *
 * @throws AppError `invalid_request` for a place that is none of these
 */
export function openIndex(place: string, { environment, encoding }: PlaceSettings): CandidateIndex {
  if (isPostgres(place)) return createPgvectorIndex(place, environment.COLLECTIONS_PASSWORD)
  if (isS3Vectors(place)) return createS3VectorsIndex(place)
  const store = openWritableStore(place, environment)
  return createExactIndex({ store, encoding, budgetBytes: Number.MAX_SAFE_INTEGER, threads: 1 })
}
