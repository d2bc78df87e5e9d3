/** Milliseconds of work in one go: other requests wait for a few of these at most. */
const LONGEST_GO_MS = 10

/** Cuts long work of a thread into turns; between two of them other work of the thread runs. */
export interface Turns {
  /** Resolves at once while there is time left, otherwise after all that waits has had its turn. */
  rest(): Promise<void> | undefined
}

/** Begins a turn now. `await turns.rest()` belongs between steps of work that are short by themselves. */
export function createTurns(now: () => number = () => performance.now()): Turns {
  let began = now()
  return {
    rest() {
      if (now() - began < LONGEST_GO_MS) return undefined
      return new Promise((resolve) => {
        setImmediate(() => {
          began = now()
          resolve()
        })
      })
    },
  }
}

/** Finishes work that stops between short steps: others have their turn meanwhile. */
export async function inTurns<Result>(steps: Generator<undefined, Result>, turns: Turns): Promise<Result> {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    const rest = turns.rest()
    if (rest) await rest
  }
}

/** Finishes such work in one go. */
export function atOnce<Result>(steps: Generator<undefined, Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
