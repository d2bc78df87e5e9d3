import { AppError } from '../../errors.ts'
import { withoutSent } from './remote-reason.ts'

/** Of a refusal only so much is read, for the log. */
const MOST_REASON_BYTES = 4096
const TOO_LONG = /context[ _-]?(?:length|window)|maximum context|too many tokens|prompt is too long/i

/**
 * What a server's refusal means for a caller. The server's own words go to the log as the cause, never to callers;
 * what it repeats of the key and of the texts that were sent goes nowhere.
 */
export async function remoteRefusal(
  response: Response,
  key: string | undefined,
  sent: readonly string[],
): Promise<AppError> {
  const { status } = response
  const reason = await beginningOf(response)
  const cause = new Error(withoutSent(reason, key, sent))
  if (status === 429) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    const details = seconds > 0 && seconds < 3600 ? { retryAfterSeconds: Math.ceil(seconds) } : {}
    return new AppError('overloaded', 'The server of the model has too much to do; try again later.', {
      details,
      cause,
    })
  }
  if (status === 413 || (status === 400 && TOO_LONG.test(reason))) {
    return new AppError(
      'input_too_long',
      'The messages are longer than the model of the server takes; shorten them.',
      {
        details: { field: 'messages' },
        cause,
      },
    )
  }
  const retryable = status >= 500 || status === 408
  return new AppError('upstream_failed', `The server of the model answered ${status}; ${remedyOf(status)}.`, {
    cause,
    retryable,
  })
}

function remedyOf(status: number): string {
  if (status >= 500 || status === 408) return 'try again later'
  if (status >= 300 && status < 400) return 'it redirects, which is not followed: check GENERATE_ENDPOINT'
  if (status === 401 || status === 403) return 'check its key'
  if (status === 404) return 'check GENERATE_ENDPOINT and the name of the model there'
  return 'it may not serve one of the options asked for'
}

async function beginningOf(response: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      if (text.length >= MOST_REASON_BYTES) break
    }
  } catch {
    // The status says enough.
  }
  return text.slice(0, MOST_REASON_BYTES)
}
