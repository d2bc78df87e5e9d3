import { drawBar, type ProgressTarget } from '../console/progress.ts'

/** A line that shows how far a step of work is. */
export interface StepBar {
  /** @param share of the step that is done, 0 to 1 */
  show(share: number, note?: string): void
  /** Leaves the last line standing. */
  end(): void
}

const REDRAW_MS = 100

/** A bar with the time left, drawn at most ten times a second; without a terminal a line for each tenth. */
export function createStepBar(
  label: string,
  target: ProgressTarget = process.stderr,
  now: () => number = () => performance.now(),
): StepBar {
  const began = now()
  let first: number | undefined
  let [last, said] = [0, '']
  let tenths: number | undefined
  let drawn = Number.NEGATIVE_INFINITY
  const line = () => {
    const done = last - (first ?? 0)
    const left = done > 0 && last < 1 ? ((now() - began) / done) * (1 - last) : undefined
    const parts = [
      label,
      drawBar(last),
      `${Math.floor(100 * last)} %`,
      said,
      left === undefined ? '' : `${describeTime(left / 1000)} left`,
    ]
    return parts.filter((part) => part !== '').join(' ')
  }
  return {
    show(share, note = said) {
      first ??= share
      ;[last, said] = [Math.min(1, share), note]
      if (!target.isTTY) {
        // What is there from an earlier run is no tenth of this one.
        const tenth = Math.floor(10 * last)
        tenths ??= tenth
        if (tenth > tenths && last < 1) target.write(`${line()}\n`)
        tenths = tenth
        return
      }
      if (now() - drawn < REDRAW_MS) return
      drawn = now()
      target.write(`\r${line()}\u001b[K`)
    },
    end: () => void target.write(target.isTTY ? `\r${line()}\u001b[K\n` : `${line()}\n`),
  }
}

function describeTime(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`
}
