import type { Context as LambdaContext } from 'aws-lambda'
import * as v from 'valibot'
import type { Context } from '../context.ts'
import type { MetricsWriter } from '../emf.ts'
import { AppError, type ErrorCode, toAppError } from '../errors.ts'
import { isInput } from '../services/batch/plan/job-keys.ts'
import type { SplitService } from '../services/batch/split.ts'
import type { WritableStore } from '../storage/store.ts'
import { contextWithMargin } from './batch-handler.ts'

const whole = v.pipe(v.number(), v.integer(), v.minValue(0))
const text = v.pipe(v.string(), v.minLength(1))

/** What else an event says of an object; and the job to go on with, when it was sent to open that one again. */
const objectSchema = v.object({ 'version-id': v.optional(v.string()), job: v.optional(text) })

/** What the state machine sends: an object to split, one of its ranges, a job whose ranges are done, one that failed. */
const stepSchema = v.variant('step', [
  v.object({
    step: v.literal('plan'),
    bucket: text,
    key: text,
    etag: v.optional(text),
    object: v.optional(objectSchema, {}),
  }),
  v.object({
    step: v.literal('work'),
    bucket: text,
    job: text,
    range: v.object({
      number: whole,
      start: whole,
      end: whole,
      index: v.optional(whole),
      line: v.optional(whole),
    }),
  }),
  v.object({ step: v.literal('finish'), bucket: text, job: text }),
  v.object({
    step: v.literal('fail'),
    bucket: text,
    job: v.optional(text),
    key: v.optional(text),
    etag: v.optional(text),
    object: v.optional(objectSchema, {}),
    /** As the machine catches it: what a function threw is JSON within `Cause`. */
    error: v.object({ Error: text, Cause: v.optional(v.string(), '') }),
  }),
])

/** What a split handler is made of. */
interface SplitHandlerParts {
  readonly split: SplitService
  openBucket(bucket: string): Promise<WritableStore>
  readonly writeMetrics: MetricsWriter
}

/** What Lambda calls for each task of the state machine. */
type SplitHandler = (event: unknown, lambda?: Partial<LambdaContext>) => Promise<object>

/**
 * Serves the tasks of the state machine that splits large objects. A failure is thrown as an error named by its code,
 * which the machine's retries match.
 */
export function createSplitHandler(parts: SplitHandlerParts): SplitHandler {
  return async (event, lambda = {}) => {
    const context = contextWithMargin(lambda)
    try {
      return await runStep(event, parts, context)
    } catch (cause) {
      const error = toAppError(cause)
      throw Object.assign(new Error(error.message, { cause }), { name: nameOf(error) })
    } finally {
      await parts.writeMetrics(context)
    }
  }
}

/** Codes that never pass by waiting, unless the error itself says so: a permission was taken away, or a disk is full. */
const LASTING: ReadonlySet<ErrorCode> = new Set(['artifact_missing', 'model_too_large'])

/** The code; for what a person may repair meanwhile it is `upstream_failed`, which the state machine tries again. */
function nameOf({ code, retryable }: AppError): ErrorCode {
  return retryable && LASTING.has(code) ? 'upstream_failed' : code
}

async function runStep(
  event: unknown,
  { split, openBucket }: SplitHandlerParts,
  context: Context,
): Promise<object> {
  const parsed = v.safeParse(stepSchema, event)
  if (!parsed.success) {
    const [{ path, message }] = parsed.issues
    const field = path?.map(({ key }) => String(key)).join('.') ?? 'event'
    throw new AppError(
      'invalid_request',
      `The task's input is wrong at ${field}: ${message}; send it as the state machine does.`,
    )
  }
  const { output: task } = parsed
  const store = await openBucket(task.bucket)
  if (task.step === 'work') return split.work({ ...task, store }, context)
  if (task.step === 'fail') {
    const { Error: name, Cause: cause } = task.error
    const failed = { job: task.job, key: task.key, etag: task.etag, versionId: versionOf(task) }
    return split.fail({ ...failed, store, name, message: messageOf(cause) || name }, context)
  }
  if (task.step === 'finish') return split.finish({ ...task, store }, context)
  if (!isInput(task.key))
    throw new AppError('invalid_request', `The object ${task.key} is no input; expected a file below input/.`)
  const { key, etag, object } = task
  const request = { key, etag, versionId: versionOf(task), job: object.job, store }
  return { ...(await split.plan(request, context)), bucket: task.bucket }
}

/** A bucket that kept versions once calls those of today "null". */
function versionOf({ object }: { readonly object: { readonly 'version-id'?: string | undefined } }) {
  const version = object['version-id']
  return version === 'null' || version === '' ? undefined : version
}

function messageOf(cause: string): string {
  try {
    return String((JSON.parse(cause) as { errorMessage?: string }).errorMessage ?? cause)
  } catch {
    return cause
  }
}
