import { type AppError, invalid } from '../errors.ts'

/** Whether a text has half of a character that UTF-16 writes in two: UTF-8 has no such thing. */
export function isBroken(text: string): boolean {
  return /\p{Surrogate}/u.test(text)
}

/** The error of an id that would be kept as another one, and so two of them as one. */
export function brokenId(id: string): AppError {
  return invalid(
    'id',
    `The id ${JSON.stringify(id.slice(0, 50))} has half of a character (an unpaired surrogate), which no file or database can keep; give the row another one.`,
  )
}
