import { createHash, randomBytes } from 'node:crypto'
import { invalid } from '../../errors.ts'

/** A vector bucket, and the name that all indexes of the collections in it begin with. */
export interface S3VectorsPlace {
  readonly bucket: string
  readonly index: string
}

/** How a place of collections in a vector bucket looks: the bucket, and what its indexes begin with. */
export const S3_VECTORS_FORM =
  /^s3vectors:\/\/([a-z0-9][a-z0-9-]{1,61}[a-z0-9])\/([a-z0-9](?:[a-z0-9.-]{1,30}[a-z0-9]))\/?$/

/** Whether a place of collections is a vector bucket. */
export function isS3Vectors(place: string): boolean {
  return place.startsWith('s3vectors:')
}

/**
 * Reads `s3vectors://bucket/index`.
 *
 * @throws AppError `invalid_request`
 */
export function parseS3Vectors(text: string): S3VectorsPlace {
  const [, bucket, index] = S3_VECTORS_FORM.exec(text) ?? []
  if (bucket !== undefined && index !== undefined) return { bucket, index }
  throw invalid(
    'COLLECTIONS',
    `The setting COLLECTIONS is ${JSON.stringify(text.slice(0, 200))}; expected s3vectors://bucket/index: a vector bucket, and a name of 3 to 32 small letters, digits, "." and "-" that its indexes will begin with.`,
  )
}

/** What the indexes of one collection begin with: 17 characters behind the name of the place. */
export function prefixOf({ index }: S3VectorsPlace, name: string): string {
  return `${index}-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`
}

/** A name for the rows of one build, 63 characters at most. */
export function newIndexName(place: S3VectorsPlace, name: string): string {
  return `${prefixOf(place, name)}-${randomBytes(5).toString('hex')}`
}

/** The index whose being there says that somebody changes the collection. */
export function lockName(place: S3VectorsPlace, name: string): string {
  return `${prefixOf(place, name)}-lock`
}
