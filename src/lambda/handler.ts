import type { Context as LambdaContext } from 'aws-lambda'
import { type Context, createContext } from '../context.ts'
import type { MetricsWriter } from '../emf.ts'
import { AppError, toAppError } from '../errors.ts'
import type { HttpApp } from '../http/app.ts'
import { nativeDialect } from '../http/errors.ts'
import { LAMBDA_LIMITS } from '../http/limits.ts'
import { addRefusal } from '../metrics.ts'
import { type HttpEvent, type HttpResult, isHttpEvent, takesGzip, toRequest, toResult } from './event.ts'
import { isWarmUp } from './warm-up.ts'

/** What Lambda calls with each event. */
type LambdaHandler = (event: unknown, lambda?: Partial<LambdaContext>) => Promise<unknown>

/** What a Lambda handler is made of. */
interface LambdaHandlerParts {
  readonly http: HttpApp
  /** The POST route whose body a direct invocation is; `/embed` when it is left out. */
  readonly directRoute?: string
  /** Has the models in memory that are to stay there, and answers their ids; none when absent. */
  warm?(context: Context): Promise<readonly string[]>
  /** Called once an invocation, before its answer: Lambda stops the process when the answer is out. */
  readonly writeMetrics: MetricsWriter
}

/** Time that an answer needs on its way out, taken off the deadline. */
const ANSWER_MS = 100

/**
 * Serves HTTP events, and direct invocations with the body of one route. An HTTP event always gets an answer;
 * a direct invocation that fails throws an error named by its code, which callers such as Step Functions can match.
 * What is sent to keep the function warm loads the usual models and is answered: it asks nothing, and is no error.
 */
export function createLambdaHandler(parts: LambdaHandlerParts): LambdaHandler {
  const { http, writeMetrics } = parts
  return async (event, lambda = {}) => {
    const context = contextOf(event, lambda)
    const waitedMs = waitOf(event)
    try {
      if (isHttpEvent(event)) return await answer(event, context, http)
      if (isWarmUp(event)) return { warmed: (await parts.warm?.(context)) ?? [] }
      return await invoke(event, context, parts)
    } finally {
      addWait(context, waitedMs)
      writeMetrics(context)
    }
  }
}

/** No API waits longer for a function; an event that seems older is a recorded one. */
const LONGEST_WAIT_MS = 30_000

/**
 * Milliseconds since the API took the request in, by its own clock: the wait for an instance of the function, and its
 * start.
 */
function waitOf(event: unknown): number {
  if (!isHttpEvent(event)) return 0
  const { requestContext } = event
  const arrival = 'timeEpoch' in requestContext ? requestContext.timeEpoch : requestContext.requestTimeEpoch
  const waitedMs = Date.now() - arrival
  return waitedMs > 0 && waitedMs < LONGEST_WAIT_MS ? waitedMs : 0
}

/** Adds the wait to the times of the models that worked for the request. */
function addWait({ metrics }: Context, waitedMs: number): void {
  for (const [model, values] of metrics.entries()) {
    if (!values.has('Latency')) continue
    metrics.add(model, 'QueueTime', waitedMs)
    metrics.add(model, 'Latency', waitedMs)
  }
}

function contextOf(event: unknown, lambda: Partial<LambdaContext>): Context {
  const remainingMs = lambda.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY
  const requestId = isHttpEvent(event) ? event.requestContext.requestId : lambda.awsRequestId
  return createContext({
    deadline: Date.now() + remainingMs - ANSWER_MS,
    ...(requestId ? { requestId } : {}),
  })
}

async function answer(event: HttpEvent, context: Context, http: HttpApp): Promise<HttpResult> {
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
    return toResult(event, Response.json(nativeDialect.bodyOf(error, context.requestId), { status }))
  }
  const whole = async (maxBytes: number) => {
    const bytes = Buffer.from(await request.arrayBuffer())
    return bytes.length > maxBytes ? bytes.length : bytes
  }
  const visit = { packs: takesGzip(event), whole }
  const result = await toResult(event, await http.fetch(request, context, undefined, visit))
  const bytes = resultBytes(result)
  if (bytes <= LAMBDA_LIMITS.maxResponseBytes) return result
  return toResult(event, http.refuse(tooLarge(bytes), request, context))
}

/**
 * Bytes of a result as Lambda sends it: JSON, in which each quote of the body takes two. Of a body that is small in any
 * case it is an upper bound: every byte of JSON takes two at most.
 */
function resultBytes(result: HttpResult): number {
  const { body, ...rest } = result
  const most = JSON.stringify(rest).length + 2 * Buffer.byteLength(body) + 64
  return most <= LAMBDA_LIMITS.maxResponseBytes ? most : Buffer.byteLength(JSON.stringify(result))
}

function tooLarge(bytes: number): AppError {
  const { maxResponseBytes } = LAMBDA_LIMITS
  return new AppError(
    'payload_too_large',
    `The answer has ${bytes} bytes as Lambda sends it; expected at most ${maxResponseBytes}; send fewer inputs, queries or candidates, shorter texts, or a lower topK, or ask for less of each, such as base64 encoding or no explanations.`,
    { details: { bytes, maxResponseBytes } },
  )
}

/** AWS itself lets direct callers in: there is no token to check. */
async function invoke(
  event: unknown,
  context: Context,
  { http, directRoute = '/embed' }: LambdaHandlerParts,
): Promise<unknown> {
  try {
    const { result, bytes } = await http.invoke(directRoute, event ?? null, context)
    if (bytes <= LAMBDA_LIMITS.maxResponseBytes) return result
    const error = tooLarge(bytes)
    addRefusal(context.metrics, error.code)
    throw error
  } catch (error) {
    throw invocationError(toAppError(error))
  }
}

/** Lambda tells its caller an error's name and message, and nothing else. */
function invocationError({ code, message }: AppError): Error {
  const error = new Error(message)
  error.name = code
  return error
}
