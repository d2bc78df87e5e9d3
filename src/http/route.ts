import type { Context } from '../context.ts'
import type { Catalog } from '../models/catalog/catalog.ts'
import type { Engine } from '../models/engine/engine.ts'
import type { EmbedService } from '../services/embed.ts'
import type { MatchService } from '../services/match/match.ts'
import type { RerankService } from '../services/rerank.ts'
import type { TokenizeService } from '../services/tokenize.ts'
import type { Dialect } from './errors.ts'
import type { Limits } from './limits.ts'

/** What routes are made of. */
export interface RouteParts {
  readonly embed: EmbedService
  readonly match: MatchService
  readonly rerank: RerankService
  readonly tokenize: TokenizeService
  readonly catalog: Catalog
  readonly engine: Engine
  readonly limits: Limits
  /** Why no requests should come, in a sentence; where it is left out they may always. */
  readonly unready?: () => string | undefined
  /** The model of a request that names none. */
  readonly defaultModel: string
}

/** One request on its way to an answer. */
export interface Call {
  readonly request: Request
  /** The parts of the path that the route leaves open. */
  readonly params: Readonly<Record<string, string>>
  readonly context: Context
  /** Adds a header to the answer, or a value to one that was added before, unless the answer becomes an error. */
  addHeader(name: string, value: string): void
  /** Answers errors from here on in another dialect than the route's. */
  speak(dialect: Dialect): void
}

/** One operation of the HTTP interface; its documentation stands in `documentation.ts` under the same key. */
export interface Route {
  readonly method: 'GET' | 'POST'
  /** `:name` is an open part. */
  readonly path: string
  /** Answers without the bearer token. */
  readonly open?: boolean
  /** Which errors the callers of this route understand. */
  readonly dialect: Dialect
  answer(call: Call): Promise<Response>
}
