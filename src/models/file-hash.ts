import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { ByteRange } from '../storage/store.ts'

/** The SHA-256 of a file that is written in parts at the same time. */
export interface FileHash {
  /** Says that `bytes` bytes, `chunks`, have just been written after what `part` has already. */
  wrote(part: number, chunks: readonly Uint8Array[], bytes: number): void
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
      const { bytesRead } = await file.read(chunk, 0, Math.min(READ_BYTES, end - front), front)
      if (bytesRead === 0) return
      hash.update(chunk.subarray(0, bytesRead))
      front += bytesRead
    }
    catchingUp = undefined
  }
  const startCatchingUp = () => {
    catchingUp = catchUp()
    // Whoever asks for the digest gets the error.
    catchingUp.catch(() => {})
  }

  return {
    wrote(part, chunks, bytes) {
      const position = writtenTo[part]!
      writtenTo[part] = position + bytes
      if (catchingUp || readyTo() <= front) return
      if (position !== front) return startCatchingUp()
      for (const chunk of chunks) hash.update(chunk)
      front += bytes
      if (readyTo() > front) startCatchingUp()
    },
    async digest() {
      await catchingUp
      return hash.digest('hex')
    },
  }
}
