import { AppError } from '../errors.ts'
import { type Encoding, encodedBytes } from '../vector/encoding.ts'

/** What one request may ask for. */
export interface Limits {
  readonly maxBodyBytes: number
  readonly maxInputs: number
  readonly maxResponseBytes: number
  /**
   * Throws when no more work is taken now: asked before a body is parsed.
   *
   * @throws AppError `overloaded`
   */
  readonly admit?: (() => void) | undefined
}

/** Lambda's own limits of a synchronous call (6 MB either way), and OpenAI's most inputs a request. */
export const LAMBDA_LIMITS: Limits = {
  maxBodyBytes: 6 * 1024 * 1024,
  maxInputs: 2048,
  maxResponseBytes: 6_291_556,
}

/** Room for the fields around the vectors. */
const ENVELOPE_BYTES = 2048

/** What the size of an answer follows from. */
interface AnswerShape {
  readonly rows: number
  readonly dimensions: number
  readonly encoding: Encoding
  /** JSON around each vector, such as `{"object":"embedding","index":1,"embedding":…},`. */
  readonly wrapperBytes?: number
}

/**
 * Refuses, before any work, a request whose answer could not be delivered.
 *
 * @throws AppError `payload_too_large`, saying what would fit
 */
export function refuseLargeAnswer(shape: AnswerShape, { maxResponseBytes }: Limits): void {
  const { rows, dimensions, encoding, wrapperBytes = 0 } = shape
  const room = maxResponseBytes - ENVELOPE_BYTES
  const bytesWith = (other: Encoding, count: number) =>
    encodedBytes(count, dimensions, other) + count * wrapperBytes
  if (bytesWith(encoding, rows) <= room) return
  const most = Math.floor(room / bytesWith(encoding, 1))
  const base64 =
    encoding === 'float' && bytesWith('base64', rows) <= room ? ', or ask for base64 encoding' : ''
  throw new AppError(
    'payload_too_large',
    `The answer would have up to ${bytesWith(encoding, rows)} bytes; expected at most ${room}; send at most ${most} inputs a request${base64}.`,
    { details: { field: 'input', maxInputs: most, maxResponseBytes } },
  )
}
