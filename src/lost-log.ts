import type { Writable } from 'node:stream'

/** The streams that a process writes to. */
interface Outputs {
  readonly stdout: Writable
  readonly stderr: Writable
}

/**
 * Has the process outlive whoever reads what it writes: a line into a closed pipe or onto a full disk would end it, and
 * the requests that it works on. That lines are lost is told once, on the other stream.
 */
export function outliveReaders({ stdout, stderr }: Outputs = process): void {
  const watch = (stream: Writable, name: string, other: Writable) => {
    let isTold = false
    stream.on('error', ({ message }) => {
      if (isTold) return
      isTold = true
      const sentence = `Lines on standard ${name} are lost: ${message}; the service goes on.`
      other.write(`${JSON.stringify({ level: 'error', message: sentence })}\n`)
    })
  }
  watch(stdout, 'output', stderr)
  watch(stderr, 'error', stdout)
}
