import { AppError } from '../errors.ts'

/** What `JSON.parse` throws for a character that cannot stand there. */
export function unexpected(position: number, cause?: unknown): SyntaxError {
  return new SyntaxError(`Unexpected token in JSON at position ${position}`, { cause })
}

/** For lists and objects within each other. */
export function tooDeep(depth: number): AppError {
  return new AppError(
    'invalid_request',
    `The body nests more than ${depth} lists and objects; expected fewer; flatten it.`,
    { details: { maxDepth: depth } },
  )
}

/** For a number that no double holds. */
export function tooLong(max: number): AppError {
  return new AppError(
    'invalid_request',
    `The body has a value of more than ${max} characters outside of quotes; expected numbers that 64 bits can hold; shorten it.`,
    { details: { max } },
  )
}

/** For more than `max` of something, of which `what` is a sentence's beginning. */
export function tooLarge(what: string, max: number): AppError {
  return new AppError(
    'payload_too_large',
    `${what}; expected at most ${max}; split the inputs over several requests.`,
    {
      details: { max },
    },
  )
}
