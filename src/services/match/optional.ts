import { toAppError } from '../../errors.ts'

/** Runs a stage that a match can do without; when it fails, says so and goes on with what there was. */
export async function optional<T>(
  stage: string,
  warnings: string[],
  fallback: T,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    const { code, message } = toAppError(cause)
    if (code === 'deadline_exceeded') throw cause
    const warning = `The stage ${stage} was left out: ${message}`
    // Many queries may fail for one reason.
    if (!warnings.includes(warning)) warnings.push(warning)
    return fallback
  }
}
