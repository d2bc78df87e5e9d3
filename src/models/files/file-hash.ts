import { createHash } from 'node:crypto'
import { readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ByteRange } from '../../storage/store.ts'

/** The SHA-256 of a file that is written in parts at the same time. */
export interface FileHash {
  /** Says that `bytes` have just been written after what `part` has already. */
  wrote(part: number, bytes: Uint8Array): void
  /** The hash, 64 hex digits, of what has been written without a gap from the file's start. */
  digest(): Promise<string>
}

const READ_BYTES = 1 << 18

/**
 * Hashes in order what comes out of order: chunks at the front as they come, later ones from the file once the front
 * reaches them. They are in the system's memory still, so that reading costs a copy, and this process keeps nothing.
 *
 * @param parts in order and without gaps, from 0 to the end
 */
export function createFileHash(file: FileHandle, parts: readonly ByteRange[]): FileHash {
  const hash = createHash('sha256')
  const writtenTo = parts.map(({ start }) => start)
  let front = 0
  let frontPart = 0
  let catchingUp: Promise<void> | undefined

  /** Where the bytes end that lie in the file without a gap from the front on, within the front's part. */
  const readyTo = () => {
    while (frontPart < parts.length - 1 && front === parts[frontPart]!.end) frontPart++
    return writtenTo[frontPart]!
  }
  const catchUp = async () => {
    const chunk = Buffer.allocUnsafe(READ_BYTES)
    for (let end = readyTo(); front < end; end = readyTo()) {
      const bytesRead = readSync(file.fd, chunk, 0, Math.min(READ_BYTES, end - front), front)
      if (bytesRead === 0) return
      hash.update(chunk.subarray(0, bytesRead))
      front += bytesRead
      await nextTurn()
    }
    catchingUp = undefined
  }
  const startCatchingUp = () => {
    catchingUp = catchUp()
    // The error is thrown by digest().
    catchingUp.catch(() => {})
  }

  return {
    wrote(part, bytes) {
      const position = writtenTo[part]!
      writtenTo[part] = position + bytes.length
      if (catchingUp || readyTo() <= front) return
      if (position !== front) return startCatchingUp()
      hash.update(bytes)
      front += bytes.length
      if (readyTo() > front) startCatchingUp()
    },
    async digest() {
      await catchingUp
      return hash.digest('hex')
    },
  }
}
