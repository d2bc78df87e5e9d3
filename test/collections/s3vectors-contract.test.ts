import { afterAll } from 'vitest'
import { createS3VectorsIndex } from '../../src/collections/s3vectors/s3vectors-index.ts'
import { describeCandidateIndex } from '../support/describe-candidate-index.ts'
import { startFakeS3Vectors } from '../support/fake-s3vectors.ts'
import { FAST_POLICY, withCredentials } from '../support/s3vectors.ts'

withCredentials()
let stop = () => {}
afterAll(() => stop())

describeCandidateIndex({
  name: 'Amazon S3 Vectors, as a server in memory plays it',
  async open() {
    const fake = await startFakeS3Vectors('people')
    stop = fake.close
    const times = { leaseMs: 10_000, settleMs: 0 }
    return createS3VectorsIndex('s3vectors://people/jobs', {
      endpoint: fake.endpoint,
      policy: FAST_POLICY,
      times,
      freshMs: 0,
    })
  },
  // Distances come as float32, and the service says of none that it is exact.
  capabilities: { scoreError: 1e-6, severalWriters: true, exact: false, counts: false, filterRuns: 12 },
})
