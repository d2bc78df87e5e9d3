import { type Context, linkContext } from '../../context.ts'
import { toAppError } from '../../errors.ts'

/** Where nothing says how long a request may take. */
const MOST_MS = 60_000

/**
 * When the judge's time of a request is up: half of what was left of it, where the settings say nothing.
 *
 * @param began when the judging of the request began
 */
export function endOfJudging(timeoutMs: number | undefined, { deadline }: Context, began: number): number {
  return Math.min(deadline, began + (timeoutMs ?? Math.min(deadline - began, 2 * MOST_MS) / 2))
}

/**
 * Runs work until its own time is up, which is no failure; the request's own end is.
 *
 * @returns whether the time was up while it waited for its turn with the model
 */
export async function untilTime(
  context: Context,
  until: number,
  work: (bounded: Context) => Promise<void>,
): Promise<boolean> {
  const linked = linkContext({ ...context, deadline: until })
  try {
    await work({ ...linked.context, deadline: until })
    return false
  } catch (error) {
    // Who waits in a line has a timer of his own, which may come before the signal.
    const isLeft = !context.signal.aborted && Date.now() < context.deadline
    const { code, details } = toAppError(error)
    if (code !== 'deadline_exceeded' || !isLeft) throw error
    return details.waiting === true
  } finally {
    linked.unlink()
  }
}
