import { isPostgres, type PostgresPlace, parsePostgres } from '../../src/collections/postgres/place.ts'
import { S3_VECTORS_FORM } from '../../src/collections/s3vectors/place.ts'
import type { Kind } from './kinds.ts'

/** Where collections may be other than in the data bucket; a password has no place in an address. */
export const COLLECTION_PLACE: Kind<string> = {
  expected: 's3vectors://bucket/index, or postgres://user@host:5432/database without a password',
  read: (given) => (S3_VECTORS_FORM.test(given) || databaseAt(given) ? given : undefined),
}

/** The database that an address names; undefined for what is none, or has a password in it. */
export function databaseAt(text: string): PostgresPlace | undefined {
  if (!isPostgres(text)) return undefined
  try {
    return parsePostgres(text)
  } catch {
    return undefined
  }
}
