/** What came of faults that were made on purpose; `npm run bench -- faults` adds these up. */
export interface Counted {
  /** What was done while they happened, in a few words. */
  readonly what: string
  readonly faults: number
  /** Of `things`: rows, objects or files. */
  readonly things: string
  readonly in: number
  /** Those of them that are there in the end, and those of which an error was told instead. */
  readonly out: number
  readonly refused: number
  readonly lost: number
  readonly doubled: number
  readonly halfWritten: number
}

/** Stands before the counts in what a proof prints. */
export const COUNTED = 'counted '

/** Prints counts on a line of their own, for people and for the table. */
export function tellCounted(counted: Counted): void {
  console.log(`${COUNTED}${JSON.stringify(counted)}`)
}
