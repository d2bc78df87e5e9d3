/** The end of a title that says why its tests are skipped, as `scripts/skipped-reporter.ts` reads it; none where nothing is missing. */
export function because(missing: string | false | undefined): string {
  return missing ? ` (skipped: ${missing})` : ''
}
