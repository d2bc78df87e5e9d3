/** The exit status of a tool that has judged what it was given or made, and refused it; 2 is a mistake in the command line. */
export const REFUSED = 3

/** What a tool was given to work on is not good enough: fewer texts than anything can be learned from, for instance. */
export class RefusedError extends Error {}

/** A mistake in a command line: its program ends with 2, and its message tells what was expected. */
export class UsageError extends TypeError {}

/** Which numbers an option takes. */
interface NumberRange {
  /** `Number.MIN_VALUE` for numbers above 0. */
  readonly least: number
  /** Without it there is no upper bound. */
  readonly most?: number
  readonly whole?: boolean
}

/**
 * The number that was given for an option such as `--texts`.
 *
 * @throws UsageError that names the option, what was given and what is expected
 */
export function readNumber(option: string, given: string, { least, most, whole }: NumberRange): number {
  const value = Number(given)
  const within = value >= least && value <= (most ?? Number.MAX_VALUE)
  if (given.trim() !== '' && within && (!whole || Number.isInteger(value))) return value
  const above = least === Number.MIN_VALUE ? 'above 0' : `of at least ${least}`
  const range = most === undefined ? above : `from ${least} to ${most}`
  throw new UsageError(
    `${option} is ${JSON.stringify(given)}; expected a ${whole ? 'whole ' : ''}number ${range}.`,
  )
}
