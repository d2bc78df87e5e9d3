/** Looks whether a thread still answers while it has work. */
interface Watchdog {
  /** The thread said something. */
  heard(): void
  end(): void
}

/** What a watchdog asks and does. */
export interface Watched {
  /** Whether the thread has work; one without is left alone. */
  busy(): boolean
  /** Asks the thread for a sign of life, which it gives between two runs. */
  ask(): void
  /** Called once, after `limitMs` without an answer. */
  silent(): void
}

/** Looks of the watchdog while it waits for one answer. */
const LOOKS = 4

/**
 * Watches a thread, which can be in native code or in a loop and then answers nobody. It counts its own looks rather
 * than reading a clock: after a pause of the whole process (a suspended machine) no thread is taken for lost.
 */
export function createWatchdog(limitMs: number, { busy, ask, silent }: Watched): Watchdog {
  let answered = true
  let looks = 0
  const look = () => {
    if (answered || !busy()) {
      looks = 0
      answered = !busy()
      if (!answered) ask()
    } else if (++looks >= LOOKS) {
      clearInterval(timer)
      silent()
    }
  }
  const timer = setInterval(look, limitMs / LOOKS)
  timer.unref()
  return {
    heard() {
      answered = true
    },
    end: () => clearInterval(timer),
  }
}
