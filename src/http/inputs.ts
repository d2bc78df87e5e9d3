import { AppError, invalid } from '../errors.ts'
import type { EncoderInput } from '../models/encode/encoder.ts'
import type { Limits } from './limits.ts'

/** Every shape of `input` that a caller may send: one text, texts, one list of token ids, or several. */
type InputField = string | string[] | number[] | number[][]

/**
 * The inputs of a request, one a row of the answer.
 *
 * @throws AppError `empty_input`, `payload_too_large` or `invalid_request`, naming the field `input[i]`
 */
export function toInputs(input: InputField, limits: Limits, field = 'input'): readonly EncoderInput[] {
  const inputs = listOf(input)
  if (inputs.length === 0) throw emptyInput(field, 'is an empty list')
  if (inputs.length > limits.maxInputs) {
    throw new AppError(
      'payload_too_large',
      `The field ${field} has ${inputs.length} items; expected at most ${limits.maxInputs}; split them over several requests.`,
      { details: { field, maxInputs: limits.maxInputs } },
    )
  }
  inputs.forEach((item, index) => {
    checkInput(item, Array.isArray(input) && inputs.length === input.length ? `${field}[${index}]` : field)
  })
  return inputs
}

/**
 * The texts of a field that takes no token ids.
 *
 * @throws AppError as {@link toInputs} does
 */
export function toTexts(texts: string | readonly string[], limits: Limits, field: string): readonly string[] {
  const list = typeof texts === 'string' ? texts : [...texts]
  return toInputs(list, limits, field) as readonly string[]
}

function listOf(input: InputField): readonly EncoderInput[] {
  if (typeof input === 'string') return [input]
  return typeof input[0] === 'number' ? [input as number[]] : (input as string[] | number[][])
}

function checkInput(input: EncoderInput, field: string): void {
  if (typeof input !== 'string') {
    if (input.length === 0) throw emptyInput(field, 'has no token ids')
    return
  }
  if (input.trim() === '') throw emptyInput(field, 'is empty or blank')
  requireText(input, field)
}

/**
 * Lets well-formed text pass.
 *
 * @throws AppError `invalid_request` that names the field and the offset
 */
export function requireText(input: string, field: string): void {
  const nul = input.indexOf('\0')
  if (nul >= 0) throw badText(field, `a null character at offset ${nul}`, 'remove it')
  // For 6 MB of Chinese 3 ms, where a pattern takes 25 to 75.
  if (input.isWellFormed()) return
  const lone = input.search(/\p{Surrogate}/u)
  throw badText(field, `half of a surrogate pair at offset ${lone}`, 'send whole Unicode characters')
}

function emptyInput(field: string, what: string): AppError {
  return new AppError('empty_input', `The field ${field} ${what}; expected text; leave such inputs out.`, {
    details: { field },
  })
}

function badText(field: string, got: string, remedy: string): AppError {
  return invalid(field, `The field ${field} has ${got}; expected well-formed text; ${remedy}.`)
}
