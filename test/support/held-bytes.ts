import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes in array buffers that something still refers to, in this process: of garbage nothing is counted. */
export function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('This Node cannot be told to collect garbage.')
  collect()
  // Memory of buffers that the first one found is given back before the second begins.
  collect()
  return process.memoryUsage().arrayBuffers
}
