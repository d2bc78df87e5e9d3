import { once } from '../once.ts'
import type { CandidateIndex } from './candidate-index.ts'

/** What programs that serve and work ask of a database of collections. */
export type DatabaseCollections = Pick<CandidateIndex, 'find' | 'add' | 'close'>

/**
 * Collections that are opened, and whose driver is loaded, with the first request for one: who embeds never waits for it.
 *
 * @param load called once
 */
export function createLater(load: () => Promise<CandidateIndex>): DatabaseCollections {
  let asked = false
  const open = once(() => {
    asked = true
    return load()
  })
  return {
    find: async (query, context) => (await open()).find(query, context),
    add: async (name, rows, settings, context) => (await open()).add(name, rows, settings, context),
    async close() {
      if (asked) await (await open()).close()
    },
  }
}
