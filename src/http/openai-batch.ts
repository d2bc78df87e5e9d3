import { AppError } from '../errors.ts'
import { isRecord } from '../is-record.ts'
import type { OpenAiDialect } from '../services/batch/rows/openai-lines.ts'
import type { EmbedService } from '../services/embed.ts'
import { openAiDialect } from './errors.ts'
import { LAMBDA_LIMITS } from './limits.ts'
import { planOfBody } from './openai-body.ts'

/** Lines of an OpenAI batch, by the same rules as the requests that they stand for. */
export function createOpenAiLines(embed: EmbedService): OpenAiDialect {
  const parts = { embed, limits: LAMBDA_LIMITS }
  return {
    read(body, model) {
      // An answer in a file has no headers: what one would say stands beside its body.
      let ignored: string | undefined
      const note = (_: string, value: string) => {
        ignored = value
      }
      const { plan, encoding } = planOfBody(withModel(body, model), parts, undefined, note)
      const { manifest, inputs, options } = plan
      const { dimensions, truncate } = body as { readonly dimensions?: unknown; readonly truncate?: unknown }
      return {
        model: manifest.id,
        inputs,
        encoding,
        ...(ignored !== undefined && { ignored }),
        ...(dimensions === undefined || dimensions === null ? {} : { dimensions: options.dimensions }),
        ...(truncate === undefined || truncate === null ? {} : { truncate: options.truncate }),
      }
    },
    answer({ code, message, details }) {
      const error = new AppError(code, message, { details })
      return { status: openAiDialect.statusOf(error), body: openAiDialect.bodyOf(error, '') }
    },
  }
}

/** A line without a model is one of its job's, whose settings name it. */
function withModel(body: unknown, model: string): unknown {
  return isRecord(body) ? { ...body, model: body.model ?? model } : body
}
