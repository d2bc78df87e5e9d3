/** Rows that an answer or a page names one by one; the others are counted. */
export const MOST_NAMED_ROWS = 20

/**
 * The first 20 of what is said of rows, and how many more there are.
 *
 * @param count of all rows that it is said of, where `said` has the first alone
 * @param hint where the others are to be found, such as `; --json names up to 1,000`
 */
export function nameRows(said: readonly string[], count = said.length, hint = ''): string[] {
  const named = said.slice(0, MOST_NAMED_ROWS)
  const more = count - named.length
  return more > 0 ? [...named, `… and ${more.toLocaleString('en')} more${hint}`] : named
}

/** What is wrong with the rows of one file: each problem once, by the row that has it first. */
interface WrongRows {
  add(line: number, problem: string): void
  /** Rows that are wrong. */
  readonly count: number
  /** A line for each problem: `pairs.csv:2: query is missing; so are 297 rows more, the last of them 300`. */
  tell(): string[]
}

/** Collects the problems of the rows of one file, to say once what is wrong with many. */
export function createWrongRows(file: string): WrongRows {
  const problems = new Map<string, { readonly first: number; last: number; count: number }>()
  let count = 0
  return {
    add(line, problem) {
      count += 1
      const known = problems.get(problem)
      if (known) {
        known.last = line
        known.count += 1
      } else problems.set(problem, { first: line, last: line, count: 1 })
    },
    get count() {
      return count
    },
    tell: () =>
      nameRows(
        Array.from(problems, ([problem, { first, last, count: rows }]) => {
          const more = rows > 1 ? ` (in ${(rows - 1).toLocaleString('en')} more, up to line ${last})` : ''
          return `${file}:${first}: ${problem}${more}`
        }),
      ),
  }
}
