import { didYouMean } from '../../nearest.ts'
import type { MatchDocument } from './document.ts'
import type { Section } from './match-request.ts'

/** Names of fields that are kept, to say which one was meant. */
const MOST_NAMES = 200

/** A weighted section, and whether any query or any candidate has text there. */
export interface HeldSection {
  readonly section: Section
  readonly asked: boolean
  readonly answered: boolean
}

/**
 * Says which weighted sections compare nothing, because no query or no candidate has text there; whole documents have
 * no such sections.
 *
 * @param given whether the request brings candidates; otherwise they are in a collection
 */
export function sectionWarnings(
  sections: readonly HeldSection[],
  documents: readonly MatchDocument[],
  given: boolean,
): string[] {
  return sections.flatMap(({ section: { name }, asked, answered }) => {
    if (name === undefined || (asked && (answered || !given))) return []
    const lacking = asked ? 'no candidate has' : answered ? 'no query has' : 'no document has'
    const effect = asked ? 'it counts as 0 for all of them' : 'it counts for nothing'
    const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name
    const names = namesOf(documents)
    return [
      `The section "${shown}" of weights compares nothing: ${lacking} text there, ${effect}${names.has(name) ? '.' : didYouMean(name, names) || '.'}`,
    ]
  })
}

function namesOf(documents: readonly MatchDocument[]): Set<string> {
  const names = new Set<string>()
  for (const { fields } of documents) {
    for (const name of Object.keys(fields)) names.add(name)
    if (names.size >= MOST_NAMES) break
  }
  return names
}
