import { once } from '../../once.ts'
import type { Collections } from '../collections.ts'
import type { Password } from './client.ts'
import { parsePostgres } from './place.ts'

/**
 * Collections in PostgreSQL. A wrong place shows at the start; the driver is loaded with the first request for a
 * collection, so that who embeds never waits for it.
 *
 * @throws AppError `invalid_request` as `parsePostgres` does
 */
export function createLaterPgvector(place: string, password: Password | undefined): Collections {
  parsePostgres(place)
  let asked = false
  const open = once(async () => {
    asked = true
    const { createPgvectorIndex } = await import('./pgvector-index.ts')
    return createPgvectorIndex(place, password)
  })
  return {
    find: async (query, context) => (await open()).find(query, context),
    async close() {
      if (asked) await (await open()).close()
    },
  }
}
