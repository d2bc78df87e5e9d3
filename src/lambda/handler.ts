import type { Context as LambdaContext } from 'aws-lambda'
import type { Context } from '../context.ts'
import type { MetricsWriter } from '../emf.ts'
import { AppError, toAppError } from '../errors.ts'
import type { HttpApp } from '../http/app.ts'
import { LAMBDA_LIMITS } from '../http/limits.ts'
import { addRefusal } from '../metrics.ts'
import { type HttpEvent, type HttpResult, isHttpEvent, toResult } from './event.ts'
import { addWait, contextOf, fetchFor, waitOf } from './invocation.ts'
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

async function answer(event: HttpEvent, context: Context, http: HttpApp): Promise<HttpResult> {
  const { request, response } = await fetchFor(event, context, http)
  const result = await toResult(event, response)
  const bytes = resultBytes(result)
  if (!request || bytes <= LAMBDA_LIMITS.maxResponseBytes) return result
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
