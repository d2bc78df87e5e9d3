import type { Context as LambdaContext } from 'aws-lambda'
import { type Context, createContext } from '../context.ts'
import { AppError } from '../errors.ts'
import type { HttpApp } from '../http/app.ts'
import { nativeDialect } from '../http/errors.ts'
import { type HttpEvent, isHttpEvent, takesGzip, toRequest } from './event.ts'

/** Time that an answer needs on its way out, taken off the deadline. */
const ANSWER_MS = 100

/** No API waits longer for a function; an event that seems older is a recorded one. */
const LONGEST_WAIT_MS = 30_000

/**
 * Milliseconds since the API took the request in, by its own clock: the wait for an instance of the function, and its
 * start.
 */
export function waitOf(event: unknown): number {
  if (!isHttpEvent(event)) return 0
  const { requestContext } = event
  const arrival = 'timeEpoch' in requestContext ? requestContext.timeEpoch : requestContext.requestTimeEpoch
  const waitedMs = Date.now() - arrival
  return waitedMs > 0 && waitedMs < LONGEST_WAIT_MS ? waitedMs : 0
}

/** Adds the wait to the times of the models that worked for the request. */
export function addWait({ metrics }: Context, waitedMs: number): void {
  for (const [model, values] of metrics.entries()) {
    if (!values.has('Latency')) continue
    metrics.add(model, 'QueueTime', waitedMs)
    metrics.add(model, 'Latency', waitedMs)
  }
}

/**
 * The context of an invocation, which ends a little before Lambda ends the function.
 *
 * @param signal aborts when the caller has gone, where a door hears of it
 */
export function contextOf(event: unknown, lambda: Partial<LambdaContext>, signal?: AbortSignal): Context {
  const remainingMs = lambda.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY
  const requestId = isHttpEvent(event) ? event.requestContext.requestId : lambda.awsRequestId
  return createContext({
    deadline: Date.now() + remainingMs - ANSWER_MS,
    ...(requestId ? { requestId } : {}),
    ...(signal && { signal }),
  })
}

/** The request of an event, absent where HTTP allows none such, and what it is answered. */
export async function fetchFor(
  event: HttpEvent,
  context: Context,
  http: HttpApp,
): Promise<{ readonly request?: Request; readonly response: Response }> {
  let request: Request
  try {
    request = toRequest(event, http.isRoute)
  } catch (cause) {
    const error = new AppError(
      'invalid_request',
      'The event is not a request that HTTP allows; check its method, path and headers.',
      { cause },
    )
    const status = nativeDialect.statusOf(error)
    return { response: Response.json(nativeDialect.bodyOf(error, context.requestId), { status }) }
  }
  const whole = async (maxBytes: number) => {
    const bytes = Buffer.from(await request.arrayBuffer())
    return bytes.length > maxBytes ? bytes.length : bytes
  }
  const visit = { packs: takesGzip(event), whole }
  return { request, response: await http.fetch(request, context, undefined, visit) }
}
