import { type Context, linkContext } from './context.ts'
import { toAppError } from './errors.ts'

/**
 * Does `work` for each index below `count`, at most `lanes` of them at a time. The first failure ends the others, and is
 * thrown when none of them is at work any more.
 *
 * @param work its context aborts with the caller's, at the deadline, and with the first failure
 */
export async function inLanes(
  count: number,
  lanes: number,
  context: Context,
  work: (index: number, context: Context) => Promise<void>,
): Promise<void> {
  const linked = linkContext(context)
  let next = 0
  let failure: { readonly error: unknown } | undefined
  const lane = async () => {
    while (next < count && !failure) await work(next++, linked.context)
  }
  const stop = (error: unknown) => {
    failure ??= { error }
    linked.abort(toAppError(error))
  }
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, () => lane().catch(stop)))
  linked.unlink()
  if (failure) throw failure.error
}
