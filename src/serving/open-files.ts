import { readFileSync } from 'node:fs'

/** Places for connections that get a refusal, and the files, pipes and sockets of the process itself: some 30. */
const OTHER_FILES = 128

/**
 * Says so where the system lets a process have fewer open files than its connections take: those beyond are closed by Node
 * without a word to anybody.
 *
 * @param limits the text of Linux' `/proc/self/limits`; other systems have none
 */
export function describeFewFiles(maxConnections: number, limits = readLimits()): string[] {
  const files = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1])
  const needed = maxConnections + OTHER_FILES
  // Not a number where there is no limit.
  if (!(files < needed)) return []
  return [
    `The process may have ${files} open files, too few for MAX_CONNECTIONS=${maxConnections}: connections beyond would be closed unheard; raise "ulimit -n" to ${needed}, or lower MAX_CONNECTIONS.`,
  ]
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return ''
  }
}
