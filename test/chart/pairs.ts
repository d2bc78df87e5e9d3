/** A value of the chart that varies: its choices, each as values to merge. */
export type Factor = readonly Readonly<Record<string, unknown>>[]

/**
 * Rows of choices, one of each factor, in which every two choices of different factors stand together at least once:
 * what is wrong with one choice or with two of them shows, in some 30 rows rather than a million.
 *
 * @param sizes number of choices of each factor
 */
export function pairwise(sizes: readonly number[]): number[][] {
  const left = new Set<string>()
  const name = (a: number, x: number, b: number, y: number) =>
    a < b ? `${a}=${x},${b}=${y}` : `${b}=${y},${a}=${x}`
  for (const [a, sizeA] of sizes.entries()) {
    for (let b = a + 1; b < sizes.length; b++) {
      for (let x = 0; x < sizeA; x++) for (let y = 0; y < sizes[b]!; y++) left.add(name(a, x, b, y))
    }
  }
  const rows: number[][] = []
  while (left.size > 0) {
    const row = new Map<number, number>()
    // Begins with a pair that is missing, so that each row takes one away at least.
    const [first, second] = [...left][0]!.split(',').map((part) => part.split('=').map(Number))
    row.set(first![0]!, first![1]!).set(second![0]!, second![1]!)
    for (const [factor, size] of sizes.entries()) {
      if (row.has(factor)) continue
      const gains = Array.from({ length: size }, (_, choice) => {
        const met = [...row].filter(([other, value]) => left.has(name(factor, choice, other, value)))
        return met.length
      })
      row.set(factor, gains.indexOf(Math.max(...gains)))
    }
    const chosen = sizes.map((_, factor) => row.get(factor)!)
    for (const [a, x] of chosen.entries()) {
      for (const [b, y] of chosen.entries()) if (a < b) left.delete(name(a, x, b, y))
    }
    rows.push(chosen)
  }
  return rows
}
