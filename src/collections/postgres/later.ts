import { once } from '../../once.ts'
import type { CandidateIndex } from '../candidate-index.ts'
import type { Password } from './client.ts'
import { parsePostgres } from './place.ts'

/** What programs that serve and work ask of a database of collections. */
export type DatabaseCollections = Pick<CandidateIndex, 'find' | 'add' | 'close'>

/**
 * Collections in PostgreSQL. A wrong place shows at the start; the driver is loaded with the first request for a
 * collection, so that who embeds never waits for it.
 *
 * @throws AppError `invalid_request` as `parsePostgres` does
 */
export function createLaterPgvector(place: string, password: Password | undefined): DatabaseCollections {
  parsePostgres(place)
  let asked = false
  const open = once(async () => {
    asked = true
    const { createPgvectorIndex } = await import('./pgvector-index.ts')
    return createPgvectorIndex(place, password)
  })
  return {
    find: async (query, context) => (await open()).find(query, context),
    add: async (name, rows, settings, context) => (await open()).add(name, rows, settings, context),
    async close() {
      if (asked) await (await open()).close()
    },
  }
}
