import type { Context } from '../context.ts'
import { AppError, toAppError } from '../errors.ts'
import { addRefusal } from '../metrics.ts'
import { withDiscovery } from '../models/catalog/discovery.ts'
import { type Reply, toReply } from './answer.ts'
import type { createGuard } from './auth.ts'
import { readJson } from './body.ts'
import { plainAnswer } from './busy.ts'
import { CLIENT_LEFT_STATUS, ClientLeft } from './errors.ts'
import { IGNORED_HEADER } from './ignored-fields.ts'
import { requireLocalCaller } from './local-callers.ts'
import { refuseLongLists } from './long-lists.ts'
import { withoutPaths } from './paths.ts'
import type { Asked, Visit } from './request-context.ts'
import { type Call, type Operation, operationFor, type Route, type RouteParts } from './route.ts'

/** What every route is answered with. */
export interface AnsweringParts extends Pick<RouteParts, 'limits' | 'catalog'> {
  readonly guard?: ReturnType<typeof createGuard>
  /** Hears of every error that is answered. */
  readonly onError?: (error: AppError, context: Context) => void
  /** Hears of clients that left before their answer, which is no error. */
  readonly onLeft?: (context: Context) => void
}

/** What is known of a request beside what it says. */
export interface Setting extends Partial<Pick<Call, 'params' | 'parameter'>> {
  readonly context: Context
  /** The address at the other end of the connection, where the door knows it. */
  readonly peer: string | undefined
  readonly visit: Visit
}

/** Answers a request by its route; always answers, never throws. */
export async function answerRoute(
  route: Route,
  asked: Asked,
  { context, peer, visit, params = {}, parameter = () => undefined }: Setting,
  parts: AnsweringParts,
): Promise<Reply> {
  const header: Call['header'] = (name) => asked.headers.get(name) ?? undefined
  let operation: Operation = route
  visit.route = route.path
  try {
    if (parts.guard && !route.open) visit.caller = await parts.guard(header('authorization'))
    else if (route.guarded) requireLocalCaller(asked, peer)
    const body = route.method === 'POST' ? await readBody(route, asked, parts, visit) : undefined
    operation = operationFor(route, body)
    refuseLongLists(body, parts.limits.maxInputs)
    const added = new Map<string, string>()
    const addHeader: Call['addHeader'] = (name, value) => {
      const before = added.get(name)
      added.set(name, before === undefined ? value : `${before}, ${value}`)
    }
    if (asked.url.includes('?')) {
      const { unreadParameters } = await import('./query-parameters.ts')
      const unread = unreadParameters(asked.method, asked.url, Object.keys(route.parameters ?? {}))
      if (unread !== undefined) addHeader(IGNORED_HEADER, unread)
    }
    const failLate: Call['failLate'] = (cause) => {
      const error = endOf(context) ?? toAppError(cause)
      record(error, context, parts)
      return withoutPaths(error)
    }
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
    return await toReply(answered, { ...Object.fromEntries(added), 'x-request-id': context.requestId })
  } catch (cause) {
    const error = endOf(context) ?? toAppError(cause)
    const left = record(error, context, parts)
    const reply = plainAnswer(error, operation.dialect, context.requestId)
    return left ? { ...reply, status: CLIENT_LEFT_STATUS } : reply
  }
}

async function readBody(
  { takes, parse, hasOwnQueue }: Route,
  asked: Asked,
  { limits }: AnsweringParts,
  { body, whole }: Visit,
): Promise<unknown> {
  if (takes === 'nothing') return undefined
  const within = hasOwnQueue ? { ...limits, admit: undefined } : limits
  return takes === 'request' ? asked : readJson(asked, within, { parse, body, whole })
}

/** Tells the log and the metrics of an error. True when the client has left, which is no error. */
export function record(
  error: AppError,
  context: Context,
  parts: Pick<AnsweringParts, 'onError' | 'onLeft'>,
): boolean {
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
