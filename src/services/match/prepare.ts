import { createTurns } from '../../turns.ts'
import { hasText, type MatchDocument } from './document.ts'
import { createFilterJudge } from './filters.ts'
import type { Exclusion, MatchRequest, Section } from './match-request.ts'
import { droppedFields, redactAll } from './redact.ts'
import { redactWarnings } from './redact-warnings.ts'
import { type HeldSection, sectionWarnings } from './section-warnings.ts'

/** The documents of a match as they are compared. */
interface Prepared {
  /** As they were sent: nothing of them is dropped. */
  readonly asked: readonly MatchDocument[]
  readonly queries: readonly MatchDocument[]
  /** What the filters let through. */
  readonly candidates: readonly MatchDocument[]
  readonly excluded: readonly Exclusion[]
  /** Fields to drop: as they were asked for, by their names as `foldName` makes them. */
  readonly redact: ReadonlyMap<string, string> | undefined
  /** Those that some document has, at least one. */
  readonly sections: readonly Section[]
  /** Names of those that no document has. */
  readonly absent: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * Filters, then redacts, and finds out which sections there are, in turns: a request may bring megabytes of documents.
 *
 * @param asked the weighted sections
 */
export async function prepareDocuments(request: MatchRequest, asked: readonly Section[]): Promise<Prepared> {
  const turns = createTurns()
  const { redact, collection } = request
  const judge = createFilterJudge(request.filters ?? {})
  const excluded: Exclusion[] = []
  const filtered: MatchDocument[] = []
  for (const candidate of request.candidates) {
    const reason = judge.exclusionOf(candidate)
    if (reason === undefined) filtered.push(candidate)
    else excluded.push({ id: candidate.id, reason })
    await turns.rest()
  }
  const dropped = redact ? droppedFields(redact) : undefined
  const all = [...request.queries, ...request.candidates]
  const held = await holdSections(asked, request)
  const sections = held.filter(({ asked, answered }) => asked || answered).map(({ section }) => section)
  return {
    asked: request.queries,
    queries: await redactAll(request.queries, dropped),
    candidates: await redactAll(filtered, dropped),
    excluded,
    redact: dropped,
    sections: sections.length > 0 ? sections : asked.slice(0, 1),
    absent: held.flatMap(({ section, asked, answered }) => (asked || answered ? [] : section.name!)),
    warnings: [
      ...(collection === undefined ? judge.warnings() : []),
      ...sectionWarnings(held, all, request.candidates.length > 0),
      ...(dropped && collection === undefined
        ? await redactWarnings(dropped, all, 'no document has it')
        : []),
    ],
  }
}

/** Looks for the text of each section on both sides; whole documents are on both. */
async function holdSections(
  sections: readonly Section[],
  { queries, candidates }: MatchRequest,
): Promise<HeldSection[]> {
  const turns = createTurns()
  const some = async (documents: readonly MatchDocument[], name: string) => {
    for (const document of documents) {
      if (hasText(document, name)) return true
      await turns.rest()
    }
    return false
  }
  const held: HeldSection[] = []
  for (const section of sections) {
    const { name } = section
    if (name === undefined) held.push({ section, asked: true, answered: true })
    else held.push({ section, asked: await some(queries, name), answered: await some(candidates, name) })
  }
  return held
}
