import { isPostgres } from './postgres/place.ts'
import { isS3Vectors } from './s3vectors/place.ts'

/** Whether a place of collections is a database or vector bucket, rather than files that this program searches itself. */
export function isDatabase(place: string): boolean {
  return isPostgres(place) || isS3Vectors(place)
}
