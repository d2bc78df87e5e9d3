import { didYouMean } from '../../nearest.ts'
import { hasText, type MatchDocument } from './document.ts'

/** Names of fields that are kept, to say which one was meant. */
const MOST_NAMES = 200

/**
 * Says which weighted sections compare nothing, because no query or no candidate has text there; whole documents have
 * no such sections. `candidates` is empty when they are in a collection.
 */
export function sectionWarnings(
  sections: readonly { readonly name: string | undefined }[],
  queries: readonly MatchDocument[],
  candidates: readonly MatchDocument[],
): string[] {
  return sections.flatMap(({ name }) => {
    if (name === undefined) return []
    const has = (documents: readonly MatchDocument[]) => documents.some((document) => hasText(document, name))
    const [asked, answered] = [has(queries), has(candidates)]
    if (asked && (answered || candidates.length === 0)) return []
    const lacking = asked ? 'no candidate has' : answered ? 'no query has' : 'no document has'
    const effect = asked ? 'it counts as 0 for all of them' : 'it counts for nothing'
    const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name
    const names = namesOf([...queries, ...candidates])
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
