import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/**
 * Has V8 look through all of its heap now, which takes some 8 ms. Left alone it waits until the heap has doubled, and a
 * worker of a million rows would take a tenth more memory than one of ten thousand, to no use.
 */
export function collectGarbage(): void {
  collect ??= exposeCollector()
  collect()
}

function exposeCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}
