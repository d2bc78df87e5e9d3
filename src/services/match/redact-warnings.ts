import { foldName } from '../../formats/column-names.ts'
import { didYouMean } from '../../nearest.ts'
import { createTurns } from '../../turns.ts'
import type { FieldValue, MatchDocument } from './document.ts'

/** Names of fields that are kept, to say which one was meant. */
const MOST_NAMES = 200
/** Names in one sentence, and the length of each. */
const MOST_SHOWN = 5
const MOST_SHOWN_LENGTH = 60

/**
 * Says which fields of `redact` no document has at any depth: a misspelled name would leave in what should go. Takes
 * time in proportion to the documents.
 *
 * @param redact names as they were asked for, by their names as `foldName` makes them
 * @param finding what is said of a field that was not found
 */
export async function redactWarnings(
  redact: ReadonlyMap<string, string>,
  documents: readonly MatchDocument[],
  finding: string,
): Promise<string[]> {
  const turns = createTurns()
  const missing = new Map(redact)
  const names = new Set<string>()
  for (const { fields } of documents) {
    if (missing.size === 0) return []
    visit(fields, missing, names)
    await turns.rest()
  }
  const shown = [...missing.values()].slice(0, MOST_SHOWN)
  return shown.map((name, index) => {
    const rest = missing.size - shown.length
    const others = rest > 0 && index === shown.length - 1 ? ` Nor has any the ${rest} others.` : ''
    const short = name.length > MOST_SHOWN_LENGTH ? `${name.slice(0, MOST_SHOWN_LENGTH)}…` : name
    return `The field "${short}" of redact drops nothing: ${finding}${didYouMean(name, names) || '.'}${others}`
  })
}

function visit(value: FieldValue, missing: Map<string, string>, names: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) visit(item, missing, names)
    return
  }
  for (const [name, inner] of Object.entries(value)) {
    missing.delete(foldName(name))
    if (names.size < MOST_NAMES) names.add(name)
    visit(inner, missing, names)
  }
}
