import { openIndex } from '../../scripts/collections/open-index.ts'
import type { CandidateIndex } from '../../src/collections/candidate-index.ts'
import { isS3Vectors } from '../../src/collections/s3vectors/place.ts'
import { createS3VectorsIndex } from '../../src/collections/s3vectors/s3vectors-index.ts'

/** A collection `jobs` that one process copies until it is killed or done. */
export interface CopierTask {
  readonly from: string
  readonly to: string
  readonly password: string
  /** Of the service of S3 Vectors. */
  readonly endpoint: string
  /** How long the lock of who was killed there counts. */
  readonly leaseMs: number
}

/** The place as the tool opens it, but for a service of our own with shorter times. */
export function openPlace(
  place: string,
  { password, endpoint, leaseMs }: Omit<CopierTask, 'from' | 'to'>,
): CandidateIndex {
  return isS3Vectors(place)
    ? createS3VectorsIndex(place, { endpoint, times: { leaseMs, settleMs: 0 }, freshMs: 0 })
    : openIndex(place, { environment: { COLLECTIONS_PASSWORD: password } })
}
