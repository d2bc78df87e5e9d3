import { Hono, type Context as HonoContext } from 'hono'
import { getPathNoStrict } from 'hono/utils/url'
import { type Context, createContext } from '../context.ts'
import { AppError, toAppError } from '../errors.ts'
import { addRefusal } from '../metrics.ts'
import { withDiscovery } from '../models/catalog/discovery.ts'
import { didYouMean } from '../nearest.ts'
import { toInvoked, toResponse } from './answer.ts'
import { createGuard, type NamedToken, type Token } from './auth.ts'
import { readJson } from './body.ts'
import { createBusyAnswers, type PlainAnswer, plainAnswer } from './busy.ts'
import { cohereRoutes } from './cohere.ts'
import { createCors } from './cors.ts'
import {
  CLIENT_LEFT_STATUS,
  ClientLeft,
  cohereDialect,
  type Dialect,
  nativeDialect,
  openAiDialect,
  RouteError,
} from './errors.ts'
import { IGNORED_HEADER } from './ignored-fields.ts'
import { requireLocalCaller } from './local-callers.ts'
import { refuseLongLists } from './long-lists.ts'
import { matchRoute } from './match.ts'
import { nativeRoutes } from './native.ts'
import { openAiRoutes } from './openai.ts'
import { withoutPaths } from './paths.ts'
import { refusedRoute } from './refused-routes.ts'
import { contextOf, type Visit } from './request-context.ts'
import { type Call, type Operation, operationFor, type Route, type RouteParts } from './route.ts'
import { routePathOf, routeTest } from './route-paths.ts'
import { teiRoutes } from './tei.ts'

/** What the HTTP interface is made of. */
export interface HttpParts extends RouteParts {
  /** Asked of every request but `/health` and the like when given. */
  readonly token?: Token | undefined
  /** Further tokens that are let in, each with a name for the log. */
  readonly namedTokens?: readonly NamedToken[]
  /** Origins whose pages may call from a browser; `*` alone stands for all. */
  readonly corsOrigins?: readonly string[]
  /** Hears of every error that is answered. */
  readonly onError?: (error: AppError, context: Context) => void
  /** The error that a job would get now because too many wait. */
  readonly full?: (() => AppError | undefined) | undefined
  /** Hears of requests that were refused for it before anything of them was read. */
  readonly onRefused?: (error: AppError) => void
  /** Hears of clients that left before their answer, which is no error. */
  readonly onLeft?: (context: Context) => void
  /** What stands before every path behind a proxy or custom domain, such as `/embeddings`. */
  readonly basePath?: string | undefined
  /** Routes that only some doors have. */
  readonly more?: readonly Route[] | undefined
}

/** Web-standard HTTP, which every door adapts to its own world. */
export interface HttpApp {
  /**
   * Always answers, never throws. Without a context it makes one of the request's own signal and id.
   *
   * @param peer the address at the other end of the connection, where the door knows it
   * @param visit is told what was found out about the request
   */
  fetch(request: Request, context?: Context, peer?: string, visit?: Visit): Promise<Response>
  /**
   * What a POST of the body would be answered, as data, and how many bytes it has as JSON: for a caller that AWS has let
   * in, without HTTP and token.
   *
   * @throws AppError as its own callers may see it, once the log and the metrics have heard of it
   */
  invoke(path: string, body: unknown, context: Context): Promise<{ result: unknown; bytes: number }>
  /** Whether a path is one of the service's, by any method. */
  isRoute(path: string): boolean
  /** The answer to a request of which nothing was read, when no more work is taken; its path with or without a query. */
  busy(method: string, url: string, origin?: string): (PlainAnswer & { readonly route: string }) | undefined
  /** Whether everyone may ask for it at any time, as for `/health`; a path with or without a query. */
  isOpen(url: string): boolean
  /** The answer to a message that is no valid request, or to a request whose answer is too large to be delivered. */
  refuse(error: AppError, request?: Request, context?: Context): Response
}

type GuardedParts = HttpParts & { readonly guard: ReturnType<typeof createGuard> }

type Env = { Bindings: { context: Context; peer: string | undefined; visit: Visit } }

/** The whole HTTP interface over the given parts. */
export function createHttpApp(given: HttpParts): HttpApp {
  const full = given.full ?? (() => undefined)
  const admit = () => {
    const error = full()
    if (error) throw error
  }
  const guard = createGuard(given.token, given.namedTokens)
  const parts: GuardedParts = { ...given, guard, limits: { ...given.limits, admit } }
  const routes = [
    ...nativeRoutes(parts),
    matchRoute(parts),
    ...openAiRoutes(parts),
    ...teiRoutes(parts),
    ...cohereRoutes(parts),
    ...(parts.more ?? []),
  ]
  routes.push(openApiRoute(routes, parts.basePath))
  const isRoute = routeTest(routes.map(({ path }) => path))
  const getPath = (request: Request) => routePathOf(getPathNoStrict(request), isRoute, parts.basePath)
  const app = new Hono<Env>({ getPath })
  for (const route of routes) {
    app.on(route.method, route.path, (hono) => answer(route, hono, parts))
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const allow = routes.flatMap((route) => (route.path === path ? [route.method] : [])).join(', ')
    app.options(path, () => new Response(null, { status: 204, headers: { allow: `${allow}, OPTIONS` } }))
    app.all(path, (hono) => refuse(hono, wrongMethod(hono.req.method, hono.req.path, allow), parts))
  }
  app.notFound((hono) => {
    const { error, dialect } = refusedRoute(hono.req.path) ?? {
      error: unknownRoute(hono.req.path, routes),
      dialect: dialectOf(hono.req.path),
    }
    return refuse(hono, error, parts, dialect)
  })
  const { preflight, withHeaders, readable } = createCors(parts.corsOrigins ?? [])
  const busyAnswer = createBusyAnswers(routes, full, (error) => parts.onRefused?.(error))
  const pathOf = (url: string) => routePathOf(url.split('?', 1)[0]!, isRoute, parts.basePath)
  return {
    isOpen: (url) => routes.some(({ open, path }) => open && path === pathOf(url)),
    busy(method, url, origin) {
      const plain = busyAnswer(method, pathOf(url))
      return plain && withHeaders(plain, origin)
    },
    fetch: async (request, context = contextOf(request), peer, visit = {}) =>
      readable(request, preflight(request) ?? (await app.fetch(request, { context, peer, visit }))),
    invoke: (path, body, context) =>
      invoke(routes.find((route) => route.path === path && route.method === 'POST')!, body, context, parts),
    isRoute,
    refuse(error, request, context = createContext()) {
      const route = request && routes.find(({ path }) => path === getPath(request))
      addRefusal(context.metrics, error.code)
      parts.onError?.(error, context)
      return readable(request, answerError(error, route?.dialect ?? nativeDialect, context))
    },
  }
}

function openApiRoute(routes: readonly Route[], basePath: string | undefined): Route {
  return {
    method: 'GET',
    path: '/openapi.json',
    open: true,
    dialect: nativeDialect,
    answer: async () => {
      const { describeApi } = await import('./openapi.ts')
      return { body: describeApi(routes, basePath) }
    },
  }
}

async function answer(route: Route, hono: HonoContext<Env>, parts: GuardedParts): Promise<Response> {
  const { context, visit } = hono.env
  let operation: Operation = route
  visit.route = route.path
  try {
    if (parts.guard && !route.open) visit.caller = await parts.guard(hono.req.header('authorization'))
    else if (route.guarded) requireLocalCaller(hono.req.raw, hono.env.peer)
    const body = route.method === 'POST' ? await readBody(route, hono.req.raw, parts, visit) : undefined
    operation = operationFor(route, body)
    refuseLongLists(body, parts.limits.maxInputs)
    const added = new Map<string, string>()
    const addHeader: Call['addHeader'] = (name, value) => {
      const before = added.get(name)
      added.set(name, before === undefined ? value : `${before}, ${value}`)
    }
    if (hono.req.url.includes('?')) {
      const { unreadParameters } = await import('./query-parameters.ts')
      const unread = unreadParameters(hono.req.method, hono.req.url, Object.keys(route.parameters ?? {}))
      if (unread !== undefined) addHeader(IGNORED_HEADER, unread)
    }
    const header: Call['header'] = (name) => hono.req.header(name)
    const parameter: Call['parameter'] = (name) => hono.req.query(name)
    const failLate: Call['failLate'] = (cause) => {
      const error = endOf(context) ?? toAppError(cause)
      record(error, context, parts)
      return withoutPaths(error)
    }
    const params = hono.req.param()
    const call = { params, context, packs: visit.packs, header, parameter, addHeader, failLate }
    const first = [...added]
    const again = () => {
      added.clear()
      for (const [name, value] of first) added.set(name, value)
      return operation.answer(body, call)
    }
    // A body that was read once is gone.
    const reads = route.takes === 'request'
    const answered = await (reads ? again() : withDiscovery(parts.catalog, context, again))
    return await toResponse(answered, { ...Object.fromEntries(added), 'x-request-id': context.requestId })
  } catch (cause) {
    const error = endOf(context) ?? toAppError(cause)
    const left = record(error, context, parts)
    return answerError(error, operation.dialect, context, left ? CLIENT_LEFT_STATUS : undefined)
  }
}

async function readBody(
  { takes, parse, hasOwnQueue }: Route,
  request: Request,
  { limits }: HttpParts,
  { body, whole }: Visit,
): Promise<unknown> {
  if (takes === 'nothing') return undefined
  const within = hasOwnQueue ? { ...limits, admit: undefined } : limits
  return takes === 'request' ? request : readJson(request, within, { parse, body, whole })
}

async function invoke(route: Route, body: unknown, context: Context, parts: HttpParts) {
  try {
    refuseLongLists(body, parts.limits.maxInputs)
    const nothing = () => undefined
    const words = { header: nothing, parameter: nothing, addHeader: nothing }
    const call: Call = { params: {}, context, ...words, failLate: toAppError }
    const found = () => operationFor(route, body).answer(body, call)
    return await toInvoked(await withDiscovery(parts.catalog, context, found))
  } catch (cause) {
    const error = toAppError(cause)
    record(error, context, parts)
    throw withoutPaths(error)
  }
}

/** Tells the log and the metrics of an error. True when the client has left, which is no error. */
function record(error: AppError, context: Context, parts: HttpParts): boolean {
  const left = error instanceof ClientLeft || (context.signal.aborted && !endOf(context))
  if (left) parts.onLeft?.(context)
  else {
    addRefusal(context.metrics, error.code)
    parts.onError?.(error, context)
  }
  return left
}

/** Why the server has ended a request by itself; nothing when it has not, as when the client has left. */
function endOf({ signal: { reason } }: Context): AppError | undefined {
  return reason instanceof AppError ? reason : undefined
}

function refuse(
  hono: HonoContext<Env>,
  error: AppError,
  parts: HttpParts,
  dialect = dialectOf(hono.req.path),
): Response {
  const { context } = hono.env
  addRefusal(context.metrics, error.code)
  parts.onError?.(error, context)
  return answerError(error, dialect, context)
}

/** The dialect for a route that there is not, guessed from its path. */
function dialectOf(path: string): Dialect {
  if (path.startsWith('/v1/')) return openAiDialect
  return path.startsWith('/v2/') ? cohereDialect : nativeDialect
}

function answerError(
  error: AppError,
  dialect: Dialect,
  { requestId }: Context,
  status = dialect.statusOf(error),
): Response {
  const { headers, body } = plainAnswer(error, dialect, requestId)
  return new Response(body, { status, headers })
}

function wrongMethod(method: string, path: string, allow: string): RouteError {
  return new RouteError(
    405,
    `The route ${path.slice(0, 100)} does not answer ${method}; expected ${allow}.`,
    { allow },
  )
}

function unknownRoute(path: string, routes: readonly Route[]): RouteError {
  const known = routes.map((route) => `${route.method} ${route.path}`).join(', ')
  const meant = didYouMean(
    path,
    routes.map((route) => route.path),
  ).replace('; d', ' D')
  return new RouteError(404, `There is no route ${path.slice(0, 100)}; expected one of ${known}.${meant}`)
}
