import { Buffer } from 'node:buffer'
import { buffer } from 'node:stream/consumers'
import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { WritableStore } from '../../storage/store.ts'
import type { TrainKeys } from './keys.ts'

/** What is kept of the steps of a job, so that another worker need not do them again. */
export interface Steps {
  /** What was kept of a step, if it was done. */
  read(step: string): Promise<Uint8Array | undefined>
  /** Keeps what a step came to; where another worker was first, its bytes count and are what is answered. */
  keep(step: string, bytes: Uint8Array): Promise<Uint8Array>
}

const STEP = /^[a-z0-9][a-z0-9-]{0,63}$/

/** The steps of a job in its bucket, one object each. */
export function openSteps(store: WritableStore, keys: TrainKeys, context: Context): Steps {
  const keyOf = (step: string) => {
    if (STEP.test(step)) return keys.state(step)
    throw new AppError('internal', `The step ${step.slice(0, 80)} has no name for a key; expected ${STEP}.`)
  }
  const read = async (key: string) => {
    if (!(await store.stat(key, context))) return undefined
    return Buffer.from(await buffer(await store.read(key, undefined, context)))
  }
  return {
    read: (step) => read(keyOf(step)),
    async keep(step, bytes) {
      const key = keyOf(step)
      if (await store.write(key, bytes, { onlyIfAbsent: true }, context)) return bytes
      return (await read(key)) ?? bytes
    },
  }
}

/** How many steps of a job are done. */
export async function countSteps(store: WritableStore, keys: TrainKeys, context: Context): Promise<number> {
  let steps = 0
  for await (const _ of store.list(keys.state(''), context)) steps++
  return steps
}
