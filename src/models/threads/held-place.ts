import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Place } from '../engine/engine.ts'
import type { Slots } from './admission.ts'

/** The place of one call, which it holds from the beginning, leaves while its model is loaded, and ends with. */
export function createHeldPlace<T>(
  slots: Slots<T>,
  handle: T,
  context: Context,
  loading: { add(change: 1 | -1): void },
): Place & { end(): void } {
  let state: 'held' | 'left' | 'ended' = 'held'
  return {
    leave() {
      state = 'left'
      loading.add(1)
      slots.giveBack(handle)
    },
    async comeBack() {
      await slots.takeAgain(handle, context)
      // The call may have failed while it was in line.
      if (state === 'ended') return slots.giveBack(handle)
      state = 'held'
      loading.add(-1)
    },
    end() {
      if (state === 'held') slots.giveBack(handle)
      else loading.add(-1)
      state = 'ended'
    },
  }
}

/** Jobs of each model that wait for it to be loaded: at most `limit`, as everything that waits has a limit. */
export function createCounts(limit: number) {
  const counts = new Map<string, number>()
  return {
    of: (model: string) => ({
      add(change: 1 | -1): void {
        const count = (counts.get(model) ?? 0) + change
        if (count > 0) counts.set(model, count)
        else counts.delete(model)
      },
    }),
    /** @throws AppError `overloaded` when no more jobs may wait for this model */
    refuseFull(model: string): void {
      const waiting = counts.get(model) ?? 0
      if (waiting < limit) return
      throw new AppError(
        'overloaded',
        `Model ${model} is being loaded and ${waiting} requests wait for it already; try again in a moment, or raise QUEUE_LIMIT.`,
        { details: { model, waiting } },
      )
    },
  }
}
