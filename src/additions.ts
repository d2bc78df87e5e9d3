import type { ListedGenerators, Route } from './http/route.ts'
import type { Catalog } from './models/catalog/catalog.ts'
import type { JudgeModels } from './services/judge/judge.ts'

/** What a door adds to the app: routes of its own, and what they need to begin and to end. */
export interface Addition {
  readonly routes: readonly Route[]
  /** The catalog in the place of the app's own, where the addition knows of names that are in none. */
  readonly catalog?: Catalog
  /** Language models that the door has. */
  readonly generators?: ListedGenerators
  /** Those among them that judge matches, loaded when a request asks for a judge. */
  readonly judges?: () => Promise<JudgeModels>
  start(): Promise<void>
  close(): Promise<void>
}

/** Several additions as one, of which at most one has a catalog and language models. */
export function joinAdditions(additions: readonly Addition[]): Addition {
  const catalog = additions.find((each) => each.catalog)?.catalog
  const generators = additions.find((each) => each.generators)?.generators
  const judges = additions.find((each) => each.judges)?.judges
  return {
    routes: additions.flatMap(({ routes }) => routes),
    ...(catalog && { catalog }),
    ...(generators && { generators }),
    ...(judges && { judges }),
    start: async () => void (await Promise.all(additions.map((each) => each.start()))),
    close: async () => void (await Promise.all(additions.map((each) => each.close()))),
  }
}
