import { Hono, type Context as HonoContext } from 'hono'
import { getPathNoStrict } from 'hono/utils/url'
import { type Context, createContext } from '../context.ts'
import { type AppError, toAppError } from '../errors.ts'
import { addRefusal } from '../metrics.ts'
import { didYouMean } from '../nearest.ts'
import { requireToken, type Token, tokenOf } from './auth.ts'
import { createBusyAnswers, type PlainAnswer, plainAnswer } from './busy.ts'
import { cohereRoutes } from './cohere.ts'
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
import { matchRoute } from './match.ts'
import { nativeRoutes } from './native.ts'
import { openAiRoutes } from './openai.ts'
import { unreadParameters } from './query-parameters.ts'
import { refusedRoute } from './refused-routes.ts'
import type { Route, RouteParts } from './route.ts'
import { routePathOf, routeTest } from './route-paths.ts'
import { teiRoutes } from './tei.ts'

/** What the HTTP interface is made of. */
export interface HttpParts extends RouteParts {
  /** Asked of every request but `/health` and the like when given. */
  readonly token?: Token | undefined
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
}

/** Web-standard HTTP, which every door adapts to its own world. */
export interface HttpApp {
  /** Always answers, never throws. Without a context it makes one of the request's own signal and id. */
  fetch(request: Request, context?: Context): Promise<Response>
  /** The same for a caller that AWS has let in, who needs no token. */
  fetchTrusted(request: Request, context: Context): Promise<Response>
  /** Whether a path is one of the service's, by any method. */
  isRoute(path: string): boolean
  /** The answer to a request of which nothing was read, when no more work is taken; its path with or without a query. */
  busy(method: string, url: string): PlainAnswer | undefined
  /** The answer to what is not even a request that could be handed on, or whose answer could not be delivered. */
  refuse(error: AppError, request?: Request, context?: Context): Response
}

/** `trusted`: no token is asked for. */
type Env = { Bindings: { context: Context; trusted?: boolean } }

/** The whole HTTP interface over the given parts. */
export function createHttpApp(given: HttpParts): HttpApp {
  const full = given.full ?? (() => undefined)
  const admit = () => {
    const error = full()
    if (error) throw error
  }
  const parts: HttpParts = { ...given, limits: { ...given.limits, admit } }
  const routes = [
    ...nativeRoutes(parts),
    matchRoute(parts),
    ...openAiRoutes(parts),
    ...teiRoutes(parts),
    ...cohereRoutes(parts),
  ]
  routes.push(openApiRoute(routes))
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
  const busyAnswer = createBusyAnswers(routes, full, (error) => parts.onRefused?.(error))
  return {
    busy: (method, url) => busyAnswer(method, routePathOf(url.split('?', 1)[0]!, isRoute, parts.basePath)),
    fetch: async (request, context = contextOf(request)) => app.fetch(request, { context }),
    fetchTrusted: async (request, context) => app.fetch(request, { context, trusted: true }),
    isRoute,
    refuse(error, request, context = createContext()) {
      const route = request && routes.find(({ path }) => path === getPath(request))
      addRefusal(context.metrics, error.code)
      parts.onError?.(error, context)
      return answerError(error, route?.dialect ?? nativeDialect, context)
    },
  }
}

function openApiRoute(routes: readonly Route[]): Route {
  return {
    method: 'GET',
    path: '/openapi.json',
    open: true,
    dialect: nativeDialect,
    answer: async () => {
      const { describeApi } = await import('./openapi.ts')
      return Response.json(describeApi(routes))
    },
  }
}

async function answer(route: Route, hono: HonoContext<Env>, parts: HttpParts): Promise<Response> {
  const { context, trusted } = hono.env
  let { dialect } = route
  const speak = (other: Dialect) => {
    dialect = other
  }
  try {
    if (parts.token !== undefined && !route.open && !trusted) {
      requireToken(hono.req.header('authorization'), await tokenOf(parts.token))
    }
    const added = new Map<string, string>()
    const addHeader = (name: string, value: string) => {
      const before = added.get(name)
      added.set(name, before === undefined ? value : `${before}, ${value}`)
    }
    const unread = unreadParameters(hono.req.method, hono.req.url)
    if (unread !== undefined) addHeader(IGNORED_HEADER, unread)
    const call = { request: hono.req.raw, params: hono.req.param(), context, addHeader, speak }
    const response = await route.answer(call)
    for (const [name, value] of added) response.headers.set(name, value)
    response.headers.set('x-request-id', context.requestId)
    return response
  } catch (cause) {
    const error = toAppError(cause)
    if (error instanceof ClientLeft || context.signal.aborted) {
      parts.onLeft?.(context)
      return answerError(error, dialect, context, CLIENT_LEFT_STATUS)
    }
    addRefusal(context.metrics, error.code)
    parts.onError?.(error, context)
    return answerError(error, dialect, context)
  }
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

/** Whose client it most likely is that asks for a route that there is not. */
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

/** A caller's own request id is kept when it is safe to log and to send back. */
function contextOf(request: Request): Context {
  const given = request.headers.get('x-request-id') ?? ''
  const safe = /^[\w.:-]{1,128}$/.test(given)
  return createContext({ signal: request.signal, ...(safe ? { requestId: given } : {}) })
}
