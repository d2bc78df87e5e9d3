import type { Worker } from 'node:worker_threads'

/** Threads that were given up and told to end. */
interface LostThreads {
  add(thread: Worker): void
  /** Those that have not ended yet. */
  count(): number
  /** Those that have not ended in the time that they had for it: native code that never comes back. */
  stuck(): number
}

/**
 * Counts threads that were given up; each has `graceMs` to end. A thread ends at once in JavaScript, and after its
 * call in native code.
 */
export function createLostThreads(graceMs: number): LostThreads {
  const running = new Set<Worker>()
  const stuck = new Set<Worker>()
  return {
    add(thread) {
      const timer = setInterval(() => {
        clearInterval(timer)
        stuck.add(thread)
      }, graceMs)
      timer.unref()
      running.add(thread)
      thread.once('exit', () => {
        clearInterval(timer)
        running.delete(thread)
        stuck.delete(thread)
      })
      // An idle process ends without it, as far as the system lets it.
      thread.unref()
      void thread.terminate()
    },
    count: () => running.size,
    stuck: () => stuck.size,
  }
}
