/** How many places a warning names. */
const MOST_NAMED = 10

/** How many inputs are marked in {@link Encoded.unknown} or {@link Encoded.cut}. */
export function countMarks(marks: Uint8Array): number {
  let count = 0
  for (const mark of marks) count += mark
  return count
}

/** The places of the inputs that are marked, as `input[3]`; no more than a warning names, and one to tell of others. */
export function unknownPlaces(unknown: Uint8Array, field: string): string[] {
  const places: string[] = []
  for (let index = 0; index < unknown.length && places.length <= MOST_NAMED; index++) {
    if (unknown[index]) places.push(`${field}[${index}]`)
  }
  return places
}

/** The sentence about texts of which a model knows no token; none where `places` is empty. */
export function unknownWarnings(model: string, places: readonly string[]): string[] {
  if (places.length === 0) return []
  const named = places.slice(0, MOST_NAMED).join(', ')
  const others = places.length > MOST_NAMED ? ' and others' : ''
  return [
    `Model ${model} knows no token of ${named}${others} (emoji, a script that it never learnt, or characters without width): vectors and scores of such texts say nothing; leave them out, or ask for a model of their language.`,
  ]
}
