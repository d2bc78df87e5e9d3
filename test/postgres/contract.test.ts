import { afterAll } from 'vitest'
import { absent, startPostgres } from '../../scripts/servers/postgres-server.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { describeCandidateIndex } from '../support/describe-candidate-index.ts'

let stop = async () => {}
afterAll(() => stop())

describeCandidateIndex({
  name: 'PostgreSQL with pgvector',
  absent,
  async open() {
    const server = await startPostgres()
    stop = server.stop
    return createPgvectorIndex(server.place(), server.password)
  },
  // halfvec keeps 11 bits of each number.
  capabilities: { scoreError: 1e-3, severalWriters: true, exact: true, counts: true },
})
