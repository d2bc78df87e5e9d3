import { drawBar } from '../console/progress.ts'

/** How far a job has come. */
export interface Progress {
  readonly rows: number
  readonly errors: number
  /** Share of the file that has been worked on; undefined when that cannot be known, as with packed files. */
  readonly share: number | undefined
  /** Rows of this run alone, and the time it took for them. */
  readonly newRows: number
  readonly elapsedMs: number
}

/** One line: `[██████░░░░]  42 %  12,000 rows  9,800 rows/s  1:40 left  3 errors`. */
export function formatProgress({ rows, errors, share, newRows, elapsedMs }: Progress): string {
  const rate = elapsedMs > 0 ? newRows / (elapsedMs / 1000) : 0
  const parts = [`${count(rows)} rows`, `${count(rate)} rows/s`]
  if (share !== undefined && share > 0 && rate > 0) {
    parts.unshift(`[${drawBar(share)}] ${String(Math.floor(share * 100)).padStart(3)} %`)
    const rowsLeft = (rows + errors) / share - rows - errors
    parts.push(`${clock(rowsLeft / rate)} left`)
  }
  if (errors > 0) parts.push(`${count(errors)} error${errors === 1 ? '' : 's'}`)
  return parts.join('  ')
}

function count(number: number): string {
  return Math.round(number).toLocaleString('en-US')
}

/** Seconds as `1:02:03` or `2:03`. */
function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}
