import { type AppError, invalid } from '../../../errors.ts'

/** A schema, or a part of one. */
export type GrammarSchema = Readonly<Record<string, unknown>>

/** What the parts of a schema are converted with. */
export interface SchemaParts {
  /** @throws AppError `invalid_request` */
  readonly convert: (value: unknown, depth: number) => GrammarSchema
  /** Whether there is a definition of that name; it is one that something refers to then. */
  readonly refer: (name: string) => boolean
  /** The schema of anything. */
  readonly any: GrammarSchema
  /** Of what is inside. */
  readonly depth: number
}

const FIELD = 'response_format'
const MOST_QUOTED = 40
/** A longer text or list is a grammar of as many rules. */
const MOST_REPEATS = 1000
const COUNTS = ['Items', 'Length', 'Properties'] as const

/** The refusal of a schema; `what` says what it has. */
export function refusedSchema(what: string): AppError {
  return invalid(FIELD, `The schema of ${FIELD} ${what}.`)
}

/** A value as it was written, shortened. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text
}

/** @throws AppError `invalid_request` for counts that are none, or whose least is above their most */
export function allowedCounts(schema: GrammarSchema): void {
  for (const what of COUNTS) {
    const [least, most] = [`min${what}`, `max${what}`].map((key) => countOf(schema, key))
    if (least !== undefined && most !== undefined && least > most) {
      throw refusedSchema(`has a min${what} of ${least} above its max${what} of ${most}; correct one of them`)
    }
  }
}

/**
 * A count of a schema, absent where it has none.
 *
 * @throws AppError `invalid_request` for another value
 */
export function countOf(schema: GrammarSchema, key: string): number | undefined {
  const value = schema[key]
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_REPEATS)
    return value
  throw refusedSchema(`has a ${key} of ${quoted(value)}; expected a whole number of at most ${MOST_REPEATS}`)
}
