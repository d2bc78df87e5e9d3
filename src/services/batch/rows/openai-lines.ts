import { type AppError, toAppError } from '../../../errors.ts'
import { stringifyExactJson } from '../../../formats/exact-json.ts'
import type { SourceRecord } from '../../../formats/record.ts'
import type { EncoderInput } from '../../../models/encode/encoder.ts'
import { isOpenAiLine } from '../plan/openai-line.ts'
import type { JobPlan } from '../plan/plan.ts'
import type { Row, RowProblem } from './row.ts'

/** What a line asks for, with the model found and every field checked. */
interface OpenAiRequest {
  /** An id of the catalog. */
  readonly model: string
  readonly inputs: readonly EncoderInput[]
  /** As asked for; the job's own when absent. */
  readonly dimensions?: number | undefined
  /** As asked for; the job's own when absent. */
  readonly truncate?: 'start' | 'end' | false | undefined
  readonly encoding: 'float' | 'base64'
  /** Names of fields that are not served, as the header `x-ignored-fields` has them. */
  readonly ignored?: string | undefined
}

/** How `POST /v1/embeddings` reads a body and answers an error, so that a line fares as the same request would. */
export interface OpenAiDialect {
  /**
   * @param model for a body that names none
   * @throws AppError as the route does
   */
  read(body: unknown, model: string): OpenAiRequest
  answer(error: Pick<AppError, 'code' | 'message' | 'details'>): {
    readonly status: number
    readonly body: object
  }
}

/** The one route that a line may ask for. */
const ROUTE = '/v1/embeddings'
const LONGEST_SHOWN = 60

/** A line of an OpenAI batch: its body is that of `POST /v1/embeddings`. A job has one model and one width. */
export function readOpenAiLine(
  record: SourceRecord,
  fields: Readonly<Record<string, unknown>>,
  plan: JobPlan,
  dialect: OpenAiDialect,
): Row | RowProblem {
  const wrong = (field: string, message: string): RowProblem => {
    return { record, code: 'invalid_request', message, field }
  }
  const { custom_id: customId, method = 'POST', url = ROUTE } = fields
  if (typeof customId !== 'string' || customId === '') {
    const got = Object.hasOwn(fields, 'custom_id')
      ? `has ${show(customId)} for its custom_id`
      : 'has no custom_id'
    return wrong('custom_id', `The line ${got}; expected a text that no other line has; correct the line.`)
  }
  if (method !== 'POST')
    return wrong('method', `The line asks for the method ${show(method)}; expected "POST"; correct it.`)
  if (url !== ROUTE)
    return wrong('url', `The line asks for the url ${show(url)}; expected "${ROUTE}"; correct it.`)
  try {
    const { model, inputs, dimensions, truncate, encoding, ignored } = dialect.read(
      fields.body,
      plan.model.id,
    )
    if (model !== plan.model.id) return wrong('model', otherModel(model, plan))
    if (dimensions !== undefined && dimensions !== plan.dimensions) {
      return wrong('dimensions', otherDimensions(String(dimensions), plan))
    }
    if (dimensions === undefined && plan.dimensionsOfLines) {
      return wrong('dimensions', otherDimensions('all', plan))
    }
    return {
      record,
      inputs,
      columns: {},
      openAi: {
        customId,
        encoding,
        ...(truncate !== undefined && truncate !== plan.truncate && { truncate }),
        ...(ignored !== undefined && { ignored }),
      },
    }
  } catch (error) {
    const { code, message, details } = toAppError(error)
    return { record, code, message, ...(typeof details.field === 'string' && { field: details.field }) }
  }
}

/**
 * What the first lines of an OpenAI batch ask for: the model of the first one that names a model there is, and the
 * dimensions that all of them name. Nothing where the records are none of a batch.
 */
export function requestOfLines(
  records: readonly SourceRecord[],
  plan: Pick<JobPlan, 'model'>,
  dialect: OpenAiDialect,
): { readonly model?: string; readonly dimensions?: number } {
  const lines = records.flatMap(({ fields }) => (fields && isOpenAiLine(fields) ? [fields] : []))
  const requests = lines.flatMap(({ body }) => {
    try {
      return [dialect.read(body, plan.model.id)]
    } catch {
      // Such a line is an error row of the job, which need not fail for it.
      return []
    }
  })
  const [first] = requests
  if (!first) return {}
  const { model, dimensions } = first
  const same = dimensions !== undefined && requests.every((request) => request.dimensions === dimensions)
  return { model, ...(same && { dimensions }) }
}

/** Lines whose custom_id an earlier line of their shard has are refused: answers could not be told apart. */
export function refuseRepeated(rows: readonly (Row | RowProblem)[], seen: Set<string>): (Row | RowProblem)[] {
  return rows.map((row) => {
    const id = row.record.fields?.custom_id
    if (typeof id !== 'string') return row
    if ('code' in row || !row.openAi || !seen.has(id)) {
      seen.add(id)
      return row
    }
    const message = `The line has the custom_id ${show(id)}, which an earlier line has; expected one of its own for each line; correct it.`
    return { record: row.record, code: 'invalid_request', message, field: 'custom_id', openAi: true }
  })
}

/** The error row of a line, as the error file of OpenAI's Batch API has it. */
export function openAiError({ record, code, message, field }: RowProblem, { answer }: OpenAiDialect): object {
  const id = `row-${record.index}`
  const customId = record.fields?.custom_id
  const { status, body } = answer({ code, message, details: { ...(field !== undefined && { field }) } })
  return {
    id,
    custom_id: typeof customId === 'string' ? customId : null,
    response: { status_code: status, request_id: id, body },
    error: null,
  }
}

function otherModel(model: string, plan: JobPlan): string {
  return `The line asks for the model "${model}" in a job of "${plan.model.id}"; a job has one model, that of its settings or else of its first line; name it in the setting model, and put lines for another one into a file of their own.`
}

function otherDimensions(dimensions: string, plan: JobPlan): string {
  return `The line asks for ${dimensions} dimensions in a job of ${plan.dimensions}; set "dimensions" in the job settings, and put lines for another number into a file of their own.`
}

/**
 * The error of a line with an input that is too long, whose `truncate` is not that of the job.
 *
 * @param kept tokens that the model took of the input
 */
export function refuseCut(truncate: 'start' | 'end' | false, kept: number, plan: Pick<JobPlan, 'truncate'>) {
  const problem = truncate
    ? `the line asks for truncate "${truncate}" in a job with ${JSON.stringify(plan.truncate)}; set "truncate" in the job settings, or shorten it`
    : 'shorten it, or leave the field truncate out, which drops the end'
  const message = `The input has more than ${kept} tokens; expected at most as many; ${problem}.`
  return { code: 'input_too_long', message, field: truncate ? 'truncate' : 'input' } as const
}

function show(value: unknown): string {
  const text = stringifyExactJson(value) ?? 'nothing'
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
}
