import { once } from '../../once.ts'
import type { CandidateIndex } from '../candidate-index.ts'
import { parseS3Vectors } from './place.ts'

/**
 * Collections in Amazon S3 Vectors. A wrong place shows at the start; the client is loaded with the first request for a
 * collection, so that who embeds never waits for it.
 *
 * @throws AppError `invalid_request` as `parseS3Vectors` does
 */
export function createLaterS3Vectors(place: string): Pick<CandidateIndex, 'find' | 'add' | 'close'> {
  parseS3Vectors(place)
  let asked = false
  const open = once(async () => {
    asked = true
    const { createS3VectorsIndex } = await import('./s3vectors-index.ts')
    return createS3VectorsIndex(place)
  })
  return {
    find: async (query, context) => (await open()).find(query, context),
    add: async (name, rows, settings, context) => (await open()).add(name, rows, settings, context),
    async close() {
      if (asked) await (await open()).close()
    },
  }
}
