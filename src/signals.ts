/** What asks a process to stop. */
const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const

type StopSignal = (typeof STOP_SIGNALS)[number]

/** How long a signal may take to end the process. */
const ABORT_AFTER_MS = 200

/**
 * Has the process stop at the first signal and end at once at the second one.
 *
 * @param stop resolves to whether everything came to an end; otherwise the process is ended, for Node waits for its
 *   threads before it exits, and a thread that is stuck in native code never ends
 */
export function stopBySignal(stop: (signal: StopSignal) => Promise<boolean>): void {
  const first = async (signal: StopSignal) => {
    listen(endBy)
    if (!(await stop(signal))) endBy('SIGKILL')
  }
  listen(first)
}

/**
 * In place of whoever listened before: a program's own first lines do, for signals that come while it is being read. Those
 * leave last, for a signal that has come and is not told yet is lost with the last listener.
 */
function listen(hear: (signal: StopSignal) => void): void {
  for (const signal of STOP_SIGNALS) {
    const before = process.listeners(signal)
    process.once(signal, hear)
    for (const listener of before) process.removeListener(signal, listener)
  }
}

/** The first process of a container hears no signal that nobody listens for, not even SIGKILL of its own. */
function endBy(signal: StopSignal | 'SIGKILL'): void {
  process.kill(process.pid, signal)
  setTimeout(() => process.abort(), ABORT_AFTER_MS)
}
