/** The value that `percent` of 100 stay at or below, by the nearest rank. `values` are at least one. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((first, second) => first - second)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!
}
