/** Finds where records end in chunks that follow each other. It remembers where in a record it is. */
export interface EndFinder {
  /**
   * Looks on from `from`, where a record begins or goes on.
   *
   * @returns the offset behind the end of the record, which may be `from` itself when the chunk before had its last
   * byte; {@link GOES_ON} beyond the chunk; or {@link BROKEN}: something was opened that is not closed as it must be
   */
  find(chunk: Uint8Array, from: number): number
  /** Line ends in the record so far, its own last one left out; read before `find` is called for the next record. */
  innerLines(): number
  /** Line of the record, from 0, on which something was opened that is open still, or that broke it; `undefined` when none did. */
  openedAt(): number | undefined
  /** Forgets the record: what comes next begins one. */
  reset(): void
}

/** What {@link EndFinder.find} gives instead of an end. */
export const GOES_ON = -1
/** What {@link EndFinder.find} gives for a record that cannot be closed as it must be. */
export const BROKEN = -2
