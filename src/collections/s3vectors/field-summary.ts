import { numberOf, placeOf } from '../conditions.ts'
import type { RowFilter } from '../loaded.ts'

/**
 * Which fields rows have, each with a letter for every kind of value in it: `n` for a number, `p` for a place, `o` for
 * others, none for null. `undefined` when there are too many names to keep.
 */
type FieldSummary = Readonly<Record<string, string>> | undefined

/** The entry of a collection has room for 40 kB. */
const MOST_BYTES = 20_000

/** Gathers what fields rows have. */
interface FieldSummaries {
  add(fields: Readonly<Record<string, unknown>>): void
  /** What is known so far. */
  summary(): FieldSummary
}

/** Goes on from what is known of earlier rows. */
export function gatherFields(before: FieldSummary): FieldSummaries {
  const known = new Map(Object.entries(before ?? {}))
  let full = before === undefined
  let bytes = 0
  for (const [field] of known) bytes += bytesOf(field)
  return {
    add(fields) {
      if (full) return
      for (const [field, value] of Object.entries(fields)) {
        const kind = kindOf(value)
        const own = known.get(field)
        if (own?.includes(kind)) continue
        if (own === undefined) bytes += bytesOf(field)
        known.set(field, (own ?? '') + kind)
      }
      full = bytes > MOST_BYTES
    },
    summary: () => (full ? undefined : Object.fromEntries(known)),
  }
}

/** A name in JSON, with at most three letters beside it. */
function bytesOf(field: string): number {
  return Buffer.byteLength(JSON.stringify(field)) + 7
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (numberOf(value) !== undefined) return 'n'
  return placeOf(value) ? 'p' : 'o'
}

/** A value of each kind. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  n: 0,
  p: { latitude: 0, longitude: 0 },
  o: '',
}

/** Has a filter judge a row of each kind, so that its sentences go by all rows. */
export function judgeSummary(summary: FieldSummary, { keeps }: RowFilter): void {
  if (!summary) return
  // A row may have no field at all.
  keeps({})
  for (const [field, kinds] of Object.entries(summary)) {
    if (kinds === '') keeps({ [field]: null })
    for (const kind of kinds) keeps({ [field]: SAMPLES[kind] })
  }
}
