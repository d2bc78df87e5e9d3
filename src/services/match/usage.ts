import { addWork, NO_WORK, type Work } from '../work.ts'

/** What a match took so far, and what its models did not read. */
export interface Usage {
  /** Adds the work of one call. */
  add(work: Work, model: string): void
  /** Of all models together. */
  work(): Work
  /** A sentence for each model that did not read all of its texts. */
  warnings(): string[]
}

/** Adds up what the calls of one match took. */
export function createUsage(): Usage {
  const truncated = new Map<string, number>()
  let total = NO_WORK
  return {
    add(work, model) {
      total = addWork(total, work)
      truncated.set(model, (truncated.get(model) ?? 0) + work.truncated)
    },
    work: () => total,
    warnings: () =>
      [...truncated].flatMap(([model, count]) =>
        count === 0
          ? []
          : [
              `${count} texts are longer than model ${model} reads: what is beyond its maximum was not compared.`,
            ],
      ),
  }
}
