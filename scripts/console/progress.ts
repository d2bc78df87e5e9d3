/** A line that shows how far a transfer is. */
interface ProgressBar {
  /** Shows that `doneBytes` of the total are there. */
  show(doneBytes: number): void
  /** Leaves the last line standing. */
  end(): void
}

/** Where the line goes; only a terminal can have it drawn over. */
export interface ProgressTarget {
  readonly isTTY?: boolean
  write(text: string): unknown
}

const WIDTH = 24
const REDRAW_MS = 100

/** A bar with the rate and the time left, drawn at most ten times a second; one line at the end without a terminal. */
export function createProgressBar(
  label: string,
  totalBytes: number,
  target: ProgressTarget = process.stderr,
  now: () => number = () => performance.now(),
): ProgressBar {
  const start = now()
  let first: number | undefined
  let last = 0
  let drawn = Number.NEGATIVE_INFINITY
  const line = () =>
    describeProgress({
      label,
      totalBytes,
      doneBytes: last,
      newBytes: last - (first ?? 0),
      elapsedMs: now() - start,
    })
  return {
    show(doneBytes) {
      first ??= doneBytes
      last = doneBytes
      if (!target.isTTY || now() - drawn < REDRAW_MS) return
      drawn = now()
      target.write(`\r${line()}\u001b[K`)
    },
    end: () => void target.write(target.isTTY ? `\r${line()}\u001b[K\n` : `${line()}\n`),
  }
}

/** The state of a transfer; what was there before it began counts for no rate. */
interface Progress {
  readonly label: string
  readonly totalBytes: number
  readonly doneBytes: number
  readonly newBytes: number
  readonly elapsedMs: number
}

/** A bar of 24 signs; `share` is from 0 to 1. */
export function drawBar(share: number): string {
  const full = Math.floor(Math.min(1, share) * WIDTH)
  return '█'.repeat(full) + '░'.repeat(WIDTH - full)
}

/** `onnx/model.onnx ████████░░░░ 33 % 7.6/23.0 MB 12.1 MB/s 2 s left`. */
export function describeProgress({ label, totalBytes, doneBytes, newBytes, elapsedMs }: Progress): string {
  const share = totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes)
  const bytesPerSecond = elapsedMs > 0 ? (newBytes / elapsedMs) * 1000 : 0
  const left = bytesPerSecond > 0 ? Math.ceil((totalBytes - doneBytes) / bytesPerSecond) : undefined
  const parts = [
    label,
    drawBar(share),
    `${Math.floor(share * 100)} %`,
    `${megabytes(doneBytes)}/${megabytes(totalBytes)} MB`,
    `${megabytes(bytesPerSecond)} MB/s`,
    left === undefined || left === 0 ? undefined : `${describeSeconds(left)} left`,
  ]
  return parts.filter((part) => part !== undefined).join(' ')
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

function describeSeconds(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}
