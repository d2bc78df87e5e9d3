import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * This process, by a name that no other has or had: the machine since its last start, the process and when it
 * began. What a process leaves on disk under its name can be told from what others still use, even after `kill -9`
 * and when its number is given to another.
 */
export function ownName(): string {
  return `${machine()}.${process.pid}.${beginOf(process.pid) ?? 0}`
}

/** Whether the process of that name has ended; `undefined` when it ran elsewhere, where this one cannot look. */
export function hasEnded(name: string): boolean | undefined {
  const [where, id, began] = name.split('.')
  if (where !== machine()) return undefined
  if (!lives(Number(id))) return true
  return (beginOf(Number(id)) ?? 0) !== Number(began)
}

/** Containers of one machine count their processes apart, and so do starts of one machine. */
function machine(): string {
  const parts = [hostname(), read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))]
  const namespace = read(() => readlinkSync('/proc/self/ns/pid'))
  const name = namespace ? [...parts.slice(1), namespace] : parts
  return createHash('sha256').update(name.join('\n')).digest('hex').slice(0, 12)
}

/** When a process began, in clock ticks since the machine's start: the 22nd field, after a name with any characters. */
function beginOf(id: number): number | undefined {
  const text = read(() => readFileSync(`/proc/${id}/stat`, 'utf8'))
  return text === undefined ? undefined : Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19])
}

function lives(id: number): boolean {
  try {
    return process.kill(id, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Undefined where there is no /proc, as on macOS and Windows. */
function read(get: () => string): string | undefined {
  try {
    return get()
  } catch {
    return undefined
  }
}
