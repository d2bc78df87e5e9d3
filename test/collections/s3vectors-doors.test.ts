import { describeDatabaseDoors } from '../support/describe-database-doors.ts'
import { startFakeS3Vectors } from '../support/fake-s3vectors.ts'
import { withCredentials } from '../support/s3vectors.ts'

const ENDPOINT = 'AWS_ENDPOINT_URL_S3VECTORS'

withCredentials()
describeDatabaseDoors('Amazon S3 Vectors, as a server in memory plays it', async () => {
  const fake = await startFakeS3Vectors('people')
  process.env[ENDPOINT] = fake.endpoint
  return {
    place: 's3vectors://people/jobs',
    engine: 's3vectors',
    async stop() {
      delete process.env[ENDPOINT]
      fake.close()
    },
  }
})
