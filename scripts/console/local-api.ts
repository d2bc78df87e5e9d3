import type * as v from 'valibot'
import { openCore } from '../../src/app.ts'
import { readProcessConfig } from '../../src/config.ts'
import { AppError, type ErrorDetails } from '../../src/errors.ts'
import { stringifyExactJson } from '../../src/formats/exact-json.ts'
import { createHttpApp } from '../../src/http/app.ts'
import type { errorResponse } from '../../src/http/schemas.ts'
import { createServices } from '../../src/services/services.ts'

/** The service in this process, asked as its callers ask it, so that a tool checks and answers as the server does. */
export interface LocalApi {
  /**
   * The answer of a POST.
   *
   * @param body values of JSON; exact numbers keep their digits
   * @throws AppError what the service answers instead
   */
  post<Answer>(path: string, body: object): Promise<Answer>
  /** Releases the models. */
  close(): Promise<void>
}

/** No network is between: what a request may have is what the memory holds. */
const MOST_BYTES = 512 * 1024 * 1024

/**
 * Opens the service with the settings of the environment.
 *
 * @param root the folder that holds `layers/`
 * @throws AppError for a setting that is wrong
 */
export function openLocalApi(root: string): LocalApi {
  const config = readProcessConfig(root)
  const core = openCore(config)
  const app = createHttpApp({
    ...createServices(core),
    ...core,
    limits: { maxBodyBytes: MOST_BYTES, maxInputs: config.maxInputs, maxResponseBytes: MOST_BYTES },
  })
  return {
    async post<Answer>(path: string, body: object) {
      const response = await app.fetch(
        new Request(`http://localhost${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: stringifyExactJson(body),
        }),
      )
      const answer: unknown = await response.json()
      if (response.ok) return answer as Answer
      const { code, message, details } = (answer as v.InferOutput<typeof errorResponse>).error
      throw new AppError(code, message, { details: details as ErrorDetails })
    },
    close: () => core.engine.close(),
  }
}
