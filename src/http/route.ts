import type { Context } from '../context.ts'
import type { AppError } from '../errors.ts'
import type { Catalog } from '../models/catalog/catalog.ts'
import type { Engine } from '../models/engine/engine.ts'
import type { EmbedService } from '../services/embed.ts'
import type { MatchService } from '../services/match/match.ts'
import type { RerankService } from '../services/rerank.ts'
import type { TokenizeService } from '../services/tokenize.ts'
import type { Answer } from './answer.ts'
import type { RouteDocumentation } from './documentation/route-documentation.ts'
import type { Dialect } from './errors.ts'
import type { Limits } from './limits.ts'

/** Language models as routes list them. */
export interface ListedGenerators {
  /** Ids and aliases of those that can be asked for in a chat. */
  names(): readonly string[]
  /** All of them, as `GET /models` has them. */
  describe(): readonly object[]
  /** Answers in progress and those that wait, by model. */
  inProgress(): ReadonlyMap<string, number>
}

/** What routes are made of. */
export interface RouteParts {
  readonly embed: EmbedService
  readonly match: MatchService
  readonly rerank: RerankService
  readonly tokenize: TokenizeService
  readonly catalog: Catalog
  /** Language models, of which only some doors have any. */
  readonly generators?: ListedGenerators | undefined
  readonly engine: Engine
  readonly limits: Limits
  /** Why no requests should come, in a sentence; where it is left out they may always. */
  readonly unready?: () => string | undefined
  /** Settles when that is worth to ask; at once where it is left out. */
  readonly askable?: Promise<void> | undefined
  /** The model of a request that names none. */
  readonly defaultModel: string
}

/** One request, or direct invocation, on its way to an answer. */
export interface Call {
  /** The parts of the path that the route leaves open. */
  readonly params: Readonly<Record<string, string>>
  readonly context: Context
  /** Whether a large answer is packed with gzip on its way; not when absent. */
  readonly packs?: boolean | undefined
  /** A header of the request; a direct invocation has none. */
  header(name: string): string | undefined
  /** A parameter of the address that the route reads, the first of its name; a direct invocation has none. */
  parameter(name: string): string | undefined
  /** Adds a header to the answer, or a value to one that was added before, unless the answer becomes an error. */
  addHeader(name: string, value: string): void
  /**
   * Tells the log and the metrics of what went wrong in the midst of an answer whose status is out.
   *
   * @returns the error as its caller may see it
   */
  failLate(cause: unknown): AppError
}

/** How a route is answered, and which errors the callers of it understand. */
export interface Operation {
  readonly dialect: Dialect
  /** @param body the parsed body of a POST, or what the route `takes` instead; `undefined` for other methods */
  answer(body: unknown, call: Call): Promise<Answer>
}

/** Another operation of a path for the bodies that it accepts. */
export interface Variant extends Operation {
  accepts(body: unknown): boolean
}

/** One operation of the HTTP interface; its documentation stands in `documentation/` under the same key, or in itself. */
export interface Route extends Operation {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `:name` is an open part. */
  readonly path: string
  /** Answers without the bearer token. */
  readonly open?: boolean
  /** Where the service asks for no token, answers callers of this machine alone; see local-callers.ts. */
  readonly guarded?: boolean
  /** Has nothing to do with the engine: callers are let in also when that takes no more work. */
  readonly hasOwnQueue?: boolean
  /** What a POST hands to `answer` instead of its JSON: the request, its body not read, or nothing. */
  readonly takes?: 'request' | 'nothing'
  /** Parameters of the address that the route reads, each with its JSON Schema. */
  readonly parameters?: Readonly<Record<string, object>>
  /** Of a route that only some doors have. */
  readonly documentation?: RouteDocumentation
  /** Asked in order; the first that accepts the body answers it, the route itself when none does. */
  readonly variants?: readonly Variant[]
  /** How the body is parsed; `JSON.parse` when absent. */
  parse?(text: string): unknown
}

/** Who answers a body: the dialect is decided by the body alone. */
export function operationFor(route: Route, body: unknown): Operation {
  return route.variants?.find((variant) => variant.accepts(body)) ?? route
}
