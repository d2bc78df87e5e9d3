import type { Context } from '../context.ts'
import type { Catalog } from '../models/catalog.ts'
import type { Engine } from '../models/engine.ts'
import type { EmbedService } from '../services/embed.ts'
import type { ErrorBody } from './errors.ts'
import type { Limits } from './limits.ts'

/** What routes are made of. */
export interface RouteParts {
  readonly embed: EmbedService
  readonly catalog: Catalog
  readonly engine: Engine
  readonly limits: Limits
}

/** One request on its way to an answer. */
export interface Call {
  readonly request: Request
  /** The parts of the path that the route leaves open. */
  readonly params: Readonly<Record<string, string>>
  readonly context: Context
}

/** One operation of the HTTP interface; its documentation stands in `documentation.ts` under the same key. */
export interface Route {
  readonly method: 'GET' | 'POST'
  /** `:name` is an open part. */
  readonly path: string
  /** Answers without the bearer token. */
  readonly open?: boolean
  readonly errorBody: ErrorBody
  answer(call: Call): Promise<Response>
}
