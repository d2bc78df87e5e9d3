import { afterAll } from 'vitest'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { describeCandidateIndex } from '../support/describe-candidate-index.ts'
import { startPglite } from '../support/pglite-server.ts'

let stop = async () => {}
afterAll(() => stop())

// `npm run test:postgres` holds a PostgreSQL of processes to the same, and to what one session cannot show.
describeCandidateIndex({
  name: 'PostgreSQL as WebAssembly, with pgvector',
  async open() {
    const server = await startPglite()
    stop = server.stop
    return createPgvectorIndex(server.place, undefined)
  },
  capabilities: { scoreError: 1e-3, severalWriters: true, filterRuns: 8, exact: true, counts: true },
})
