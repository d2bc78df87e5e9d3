import { numberOf, placeOf } from '../conditions.ts'
import type { RowFilter } from '../loaded.ts'

/**
 * Which fields rows have, each with a letter for every kind of value in it: `n` for a number, `p` for a place, `o` for
 * others, none for null. `undefined` when there are too many names to keep.
 */
export type FieldSummary = Readonly<Record<string, string>> | undefined

/** The entry of a collection has room for 40 kB. */
const MOST_BYTES = 20_000

/** What is known before the first row. */
export function emptySummary(): FieldSummary {
  return {}
}

/** The summary with one more row in it; the same object when the row has nothing new. */
export function summarize(summary: FieldSummary, fields: Readonly<Record<string, unknown>>): FieldSummary {
  if (!summary) return summary
  let known = summary
  for (const [field, value] of Object.entries(fields)) {
    const kind = kindOf(value)
    const own = Object.hasOwn(known, field) ? known[field]! : undefined
    if (own?.includes(kind)) continue
    known = Object.fromEntries([...Object.entries(known), [field, (own ?? '') + kind]])
  }
  if (known === summary) return summary
  return Buffer.byteLength(JSON.stringify(known)) > MOST_BYTES ? undefined : known
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
