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
  /** Of several, each row has a vector in each. */
  readonly encoding: Encoding | readonly Encoding[]
  /** JSON around each vector, such as `{"object":"embedding","index":1,"embedding":…},`. */
  readonly wrapperBytes?: number
}

/**
 * What packed numbers have at most, as Lambda takes them: gzip in base64. Digits, points, signs and commas are fewer than
 * 16 different characters, so four bits each at most, of which base64 makes 5.3; measured 0.56.
 */
const PACKED_SHARE = 2 / 3

/**
 * Refuses, before any work, a request whose answer could not be delivered.
 *
 * @param packs whether the answer is packed on its way: of numbers more then fit, of base64 not
 * @throws AppError `payload_too_large`, saying what would fit
 */
export function refuseLargeAnswer(shape: AnswerShape, { maxResponseBytes }: Limits, packs = false): void {
  const { rows, dimensions, encoding, wrapperBytes = 0 } = shape
  const plainRoom = maxResponseBytes - ENVELOPE_BYTES
  const encodings = typeof encoding === 'string' ? [encoding] : encoding
  const room = packs && !encodings.includes('base64') ? Math.floor(plainRoom / PACKED_SHARE) : plainRoom
  const bytesWith = (others: readonly Encoding[], count: number) =>
    others.reduce((sum, each) => sum + encodedBytes(count, dimensions, each), count * wrapperBytes)
  if (bytesWith(encodings, rows) <= room) return
  const most = Math.floor(room / bytesWith(encodings, 1))
  const base64 =
    encoding === 'float' && bytesWith(['base64'], rows) <= plainRoom ? ', or ask for base64 encoding' : ''
  throw new AppError(
    'payload_too_large',
    `The answer would have up to ${bytesWith(encodings, rows)} bytes; expected at most ${room}; send at most ${most} inputs a request${base64}.`,
    { details: { field: 'input', maxInputs: most, maxResponseBytes } },
  )
}
