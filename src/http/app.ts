import { Hono, type Context as HonoContext } from 'hono'
import { getPathNoStrict } from 'hono/utils/url'
import { type Context, createContext } from '../context.ts'
import { type AppError, toAppError } from '../errors.ts'
import { addRefusal } from '../metrics.ts'
import { withDiscovery } from '../models/catalog/discovery.ts'
import { didYouMean } from '../nearest.ts'
import { type Reply, toInvoked, toResponse } from './answer.ts'
import { type AnsweringParts, answerRoute, record, type Setting } from './answer-route.ts'
import { createGuard, type NamedToken, type Token } from './auth.ts'
import { type BusyAnswer, createBusyAnswers, plainAnswer } from './busy.ts'
import { cohereRoutes } from './cohere.ts'
import { createCors } from './cors.ts'
import { cohereDialect, type Dialect, nativeDialect, openAiDialect, RouteError } from './errors.ts'
import { refuseLongLists } from './long-lists.ts'
import { matchRoute } from './match.ts'
import { nativeRoutes } from './native.ts'
import { openAiRoutes } from './openai.ts'
import { withoutPaths } from './paths.ts'
import { refusedRoute } from './refused-routes.ts'
import { type Asked, contextOf, type Visit } from './request-context.ts'
import { type Call, operationFor, type Route, type RouteParts } from './route.ts'
import { routePathOf, routeTest } from './route-paths.ts'
import { teiRoutes } from './tei.ts'

/** What the HTTP interface is made of. */
export interface HttpParts extends RouteParts, Pick<AnsweringParts, 'onError' | 'onLeft'> {
  /** Asked of every request but `/health` and the like when given. */
  readonly token?: Token | undefined
  /** Further tokens that are let in, each with a name for the log. */
  readonly namedTokens?: readonly NamedToken[]
  /** Origins whose pages may call from a browser; `*` alone stands for all. */
  readonly corsOrigins?: readonly string[]
  /** The error that a job would get now because too many wait. */
  readonly full?: (() => AppError | undefined) | undefined
  /** Hears of requests that were refused for it before anything of them was read. */
  readonly onRefused?: (error: AppError) => void
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
  /** The answer to a request whose body was not read, when no more work is taken. */
  busy(asked: Asked): BusyAnswer | undefined
  /**
   * Answers a POST to a path without open parts and parameters, for a door that has no web request of it: those, Hono and
   * the web's response take 0.15 of the server's own time for a text. Nothing for any other request.
   */
  plain(method: string, url: string): ((asked: Asked, setting: Setting) => Promise<Reply>) | undefined
  /** Whether everyone may ask for it at any time, as for `/health`; a path with or without a query. */
  isOpen(url: string): boolean
  /** The answer to a message that is no valid request, or to a request whose answer is too large to be delivered. */
  refuse(error: AppError, request?: Request, context?: Context): Response
}

type Env = { Bindings: Setting }

/** The whole HTTP interface over the given parts. */
export function createHttpApp(given: HttpParts): HttpApp {
  const full = given.full ?? (() => undefined)
  const admit = () => {
    const error = full()
    if (error) throw error
  }
  const guard = createGuard(given.token, given.namedTokens)
  const parts = { ...given, guard, limits: { ...given.limits, admit } }
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
  const app = createRouter(routes, getPath, parts)
  const plain = new Map(routes.filter(isPlain).map((route) => [route.path, route]))
  const { preflight, withHeaders, readable } = createCors(parts.corsOrigins ?? [])
  const busyAnswer = createBusyAnswers(routes, full, (error) => parts.onRefused?.(error))
  const pathOf = (url: string) => routePathOf(url.split('?', 1)[0]!, isRoute, parts.basePath)
  return {
    isOpen: (url) => routes.some(({ open, path }) => open && path === pathOf(url)),
    busy(asked) {
      const plain = busyAnswer(asked, pathOf(asked.url))
      return plain && withHeaders(plain, asked.headers.get('origin'))
    },
    plain(method, url) {
      const route = method === 'POST' ? plain.get(routePathOf(url, isRoute, parts.basePath)) : undefined
      return (
        route &&
        (async (asked, setting) =>
          withHeaders(await answerRoute(route, asked, setting, parts), asked.headers.get('origin')))
      )
    },
    fetch: async (request, context = contextOf(request, request.signal), peer, visit = {}) =>
      readable(request, preflight(request) ?? (await app.fetch(request, { context, peer, visit }))),
    invoke: (path, body, context) =>
      invoke(routes.find((route) => route.path === path && route.method === 'POST')!, body, context, parts),
    isRoute,
    refuse(error, request, context = createContext()) {
      const route = request && routes.find(({ path }) => path === getPath(request))
      addRefusal(context.metrics, error.code)
      parts.onError?.(error, context)
      const reply = plainAnswer(error, route?.dialect ?? nativeDialect, context.requestId)
      return readable(request, toResponse(reply))
    },
  }
}

/** Every route by Hono, with its methods, and refusals of all else. */
function createRouter(
  routes: readonly Route[],
  getPath: (request: Request) => string,
  parts: HttpParts & AnsweringParts,
): Hono<Env> {
  const app = new Hono<Env>({ getPath })
  for (const route of routes) {
    app.on(route.method, route.path, async (hono) => {
      const words = { params: hono.req.param(), parameter: (name: string) => hono.req.query(name) }
      return toResponse(await answerRoute(route, hono.req.raw, { ...hono.env, ...words }, parts))
    })
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
  return app
}

/** Whether nothing of a request's address is read, and no more than the body and the headers of the request. */
function isPlain({ method, path, takes }: Route): boolean {
  return method === 'POST' && !path.includes(':') && takes === undefined
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

function refuse(
  hono: HonoContext<Env>,
  error: AppError,
  parts: HttpParts,
  dialect = dialectOf(hono.req.path),
): Response {
  const { context } = hono.env
  addRefusal(context.metrics, error.code)
  parts.onError?.(error, context)
  return toResponse(plainAnswer(error, dialect, context.requestId))
}

/** The dialect for a route that there is not, guessed from its path. */
function dialectOf(path: string): Dialect {
  if (path.startsWith('/v1/')) return openAiDialect
  return path.startsWith('/v2/') ? cohereDialect : nativeDialect
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
