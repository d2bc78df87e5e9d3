import { inspect } from 'node:util'
import type { Context } from './context.ts'
import type { AppError } from './errors.ts'
import { nativeDialect } from './http/errors.ts'
import { EVERY_MODEL } from './metrics.ts'
import type { Engine } from './models/engine/engine.ts'

let write = (line: string): void => console.error(line)

/**
 * From now on lines go to standard error as they are. What the console writes gets time, id and level before it in
 * Lambda, so that no line of JSON is one in CloudWatch.
 */
export function logPlainly(): void {
  write = (line) => void process.stderr.write(`${line}\n`)
}

/** What a caller may call a field; where there is none of the name they sent, it could be anything. */
const FIELD = /^[\w.[\]-]{1,64}$/
/** A line of CloudWatch holds 256 kB. */
const MOST_INPUTS = 100
const MOST_INPUT_CHARACTERS = 1000

/**
 * One line of JSON on standard error for each failure: request id, model and code. What went wrong here is told in
 * full; of a caller's mistake only which field it is about, since sentences about it may quote what was sent.
 */
export function logError(error: AppError, context: Context): void {
  const { code, message, cause } = error
  const ours = nativeDialect.statusOf(error) >= 500
  const line = {
    level: ours ? 'error' : 'warn',
    requestId: context.requestId,
    model: modelOf(error, context),
    code,
    ...(ours ? { message, cause: cause && inspect(cause) } : { field: fieldOf(error) }),
  }
  write(JSON.stringify(line))
}

/** Least time between two lines about refusals. */
const REFUSALS_MS = 1000

/**
 * A log of requests that were refused because too many wait: one line, and then at most one a second that says how many
 * there were meanwhile. A line for each would cost more than the refusal.
 */
export function createRefusalLog(): (error: AppError) => void {
  return createPacedLog(({ code }: AppError, count) => ({ code, refused: count }))
}

/** The same of connections that were closed at once because there were too many even for refusals in words. */
export function createDropLog(): () => void {
  const message = 'Connections were closed unheard: there are MAX_CONNECTIONS, and more of refused ones.'
  const log = createPacedLog((_: undefined, dropped) => ({ message, dropped }))
  return () => log(undefined)
}

function createPacedLog<Event>(describe: (last: Event, count: number) => object): (event: Event) => void {
  let count = 0
  let waiting = false
  const tell = (last: Event) => {
    write(JSON.stringify({ level: 'warn', ...describe(last, count) }))
    count = 0
  }
  return (event) => {
    count += 1
    if (waiting) return
    tell(event)
    waiting = true
    const later = () => {
      waiting = false
      if (count > 0) tell(event)
    }
    setTimeout(later, REFUSALS_MS).unref()
  }
}

/** One line for a client that left before its answer, which is not an error. */
export function logLeft({ requestId }: Context): void {
  write(JSON.stringify({ level: 'info', requestId, message: 'The client left before its answer.' }))
}

/**
 * The same line for a job that failed or has to wait, each told in full: the owner of the file reads this log.
 *
 * @param requestId of the message that brought the job
 */
export function logJobError({ code, message, retryable, cause, details }: AppError, requestId: string): void {
  const level = retryable ? 'warn' : 'error'
  const model = typeof details.model === 'string' ? details.model : undefined
  write(JSON.stringify({ level, requestId, model, code, message, cause: cause && inspect(cause) }))
}

/** The model that the error names, or the one that failed during the request. */
function modelOf({ details }: AppError, { metrics }: Context): string | undefined {
  if (typeof details.model === 'string') return details.model
  for (const [model, values] of metrics.entries())
    if (values.has('Errors') && model !== EVERY_MODEL) return model
  return undefined
}

function fieldOf({ details: { field } }: AppError): string | undefined {
  return typeof field === 'string' && FIELD.test(field) ? field : undefined
}

/** The same engine, which writes one line of JSON with the texts of each job: for LOG_INPUTS=true alone. */
export function withInputLog(engine: Engine): Engine {
  const log = ({ requestId }: Context, model: string, inputs: readonly unknown[]) =>
    write(JSON.stringify({ level: 'info', requestId, model, inputs: inputs.slice(0, MOST_INPUTS).map(cut) }))
  return {
    ...engine,
    async embed(job, context) {
      log(context, job.model, job.inputs)
      return engine.embed(job, context)
    },
    async score(job, context) {
      log(context, job.model, [job.query, ...job.texts])
      return engine.score(job, context)
    },
  }
}

function cut(input: unknown): unknown {
  return typeof input === 'string' ? input.slice(0, MOST_INPUT_CHARACTERS) : input
}
