import { AppError } from '../../errors.ts'

/** The bytes of disk that files and batches may take, and what they take now. */
export interface Space {
  /** @throws AppError `payload_too_large` when so many more do not fit; nothing is taken then */
  take(bytes: number): void
  /** Counts bytes that lie on the disk already, whether they fit or not. */
  occupy(bytes: number): void
  giveBack(bytes: number): void
  used(): number
}

/** A space of `most` bytes of which nothing is taken. */
export function createSpace(most: number): Space {
  let used = 0
  return {
    take(bytes) {
      if (used + bytes > most) {
        throw new AppError(
          'payload_too_large',
          `Files and batches take ${used} bytes of disk, and ${bytes} more do not fit; expected at most ${most} in all; delete files that are no longer needed, or raise FILES_BYTES.`,
          { details: { usedBytes: used, maxBytes: most } },
        )
      }
      used += bytes
    },
    occupy(bytes) {
      used += bytes
    },
    giveBack(bytes) {
      used -= bytes
    },
    used: () => used,
  }
}
