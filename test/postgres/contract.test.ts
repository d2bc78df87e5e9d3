import { afterAll } from 'vitest'
import { absent, startPostgres } from '../../scripts/servers/postgres-server.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { describeCandidateIndex } from '../support/describe-candidate-index.ts'

const stops: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const stop of stops) await stop()
})

for (const release of [16, 18] as const)
  describeCandidateIndex({
    name: `PostgreSQL ${release} with pgvector`,
    absent,
    async open() {
      const server = await startPostgres([], undefined, release)
      stops.push(server.stop)
      return createPgvectorIndex(server.place(), server.password)
    },
    // halfvec keeps 11 bits of each number.
    capabilities: {
      ...{ scoreError: 1e-3, severalWriters: true, exact: true, counts: true },
      ...(release === 18 && { filterRuns: 5 }),
    },
  })
