import { AppError } from '../errors.ts'
import type { OpenAiDialect } from '../services/batch/openai-lines.ts'
import type { EmbedService } from '../services/embed.ts'
import { openAiDialect } from './errors.ts'
import { toInputs } from './inputs.ts'
import { LAMBDA_LIMITS } from './limits.ts'
import { openAiEmbedRequest } from './schemas.ts'
import { validate } from './validate.ts'

/** Lines of an OpenAI batch, by the same rules as the requests that they stand for. */
export function createOpenAiLines(embed: EmbedService): OpenAiDialect {
  return {
    read(body, model) {
      const asked = validate(openAiEmbedRequest, withModel(body, model))
      const inputs = toInputs(asked.input, LAMBDA_LIMITS)
      const dimensions = asked.dimensions ?? undefined
      const { manifest } = embed.plan({
        inputs,
        model: asked.model,
        options: dimensions ? { dimensions } : {},
      })
      return { model: manifest.id, inputs, dimensions, encoding: asked.encoding_format }
    },
    answer({ code, message, details }) {
      const error = new AppError(code, message, { details })
      return { status: openAiDialect.statusOf(error), body: openAiDialect.bodyOf(error, '') }
    },
  }
}

/** A line without a model is one of its job's, whose settings name it. */
function withModel(body: unknown, model: string): unknown {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  return isObject ? { ...body, model: (body as { model?: unknown }).model ?? model } : body
}
