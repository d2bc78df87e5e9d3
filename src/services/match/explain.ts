import { type Span, splitSentences } from '../../formats/sentences.ts'
import { alignRows } from '../../ranking/evidence.ts'
import { type FieldValue, type MatchDocument, textsOf } from './document.ts'
import type { MatchPlan } from './plan.ts'
import type { EmbedTexts } from './recall.ts'

/** A part of a document's text: `value.slice(start, end)` of the field at `path`, in UTF-16 code units. */
export interface Passage extends Span {
  readonly path: string
  readonly text: string
}

/** Two passages that say the same, to be shown side by side. */
export interface EvidencePair {
  readonly query: Passage
  readonly candidate: Passage
  readonly score: number
}

/** Which of the query's skills a candidate has. */
export interface SkillMatch {
  readonly matched: readonly { readonly query: string; readonly candidate: string; readonly score: number }[]
  readonly missing: readonly string[]
}

/** Why a candidate stands where it stands. */
export interface Explanation {
  readonly evidence: readonly EvidencePair[]
  /** When both sides have a list `skills`. */
  readonly skills?: SkillMatch
}

const EVIDENCE_PAIRS = 3
/** Sentences compared a document, first ones first: evidence is to be read, and resumes begin with what matters. */
const MAX_PASSAGES = 64
/** Two skills of at least this cosine are one: the same words in another form, not merely the same field. */
const SAME_SKILL = 0.8

/** Explains one query's best candidates by the plan's first model, in one call to it a role. */
export async function explain(
  plan: MatchPlan,
  query: MatchDocument,
  candidates: readonly MatchDocument[],
  embed: EmbedTexts,
): Promise<Explanation[]> {
  const documents = [query, ...candidates]
  const passages = documents.map((document) => passagesOf(document, plan))
  const skills = documents.map((document) => skillsOf(document.fields.skills))
  const { manifest } = plan.models[0]!
  const texts = documents.map((_, index) => [...passages[index]!.map(({ text }) => text), ...skills[index]!])
  const vectors = await embed(texts.flat(), manifest.id, plan.roles.candidate)

  let at = 0
  const slices = texts.map((list, index) => {
    const passageEnd = at + passages[index]!.length
    const slice = {
      passages: rows(vectors, at, passageEnd),
      skills: rows(vectors, passageEnd, at + list.length),
    }
    at += list.length
    return slice
  })
  return candidates.map((_, index) => {
    const [own, other] = [slices[0]!, slices[index + 1]!]
    const evidence = alignRows(own.passages, other.passages, EVIDENCE_PAIRS, 0).map(
      ({ left, right, score }) => ({
        query: passages[0]![left]!,
        candidate: passages[index + 1]![right]!,
        score,
      }),
    )
    const [wanted, offered] = [skills[0]!, skills[index + 1]!]
    if (wanted.length === 0 || offered.length === 0) return { evidence }
    const pairs = alignRows(own.skills, other.skills, wanted.length, SAME_SKILL)
    return { evidence, skills: matchSkills(wanted, offered, pairs) }
  })
}

function rows({ data, columns }: { data: Float32Array; columns: number }, start: number, end: number) {
  return { data: data.subarray(start * columns, end * columns), rows: end - start, columns }
}

function matchSkills(
  wanted: readonly string[],
  offered: readonly string[],
  pairs: ReturnType<typeof alignRows>,
): SkillMatch {
  const found = new Set(pairs.map(({ left }) => left))
  return {
    matched: pairs.map(({ left, right, score }) => ({
      query: wanted[left]!,
      candidate: offered[right]!,
      score,
    })),
    missing: wanted.filter((_, index) => !found.has(index)),
  }
}

/** Sentences, and skills only where there is nothing else: these are matched by themselves. */
function passagesOf(document: MatchDocument, { sections }: MatchPlan): Passage[] {
  const all = sections.flatMap(({ name }) => textsOf(document, name))
  const prose = all.filter(({ path }) => !path.startsWith('skills['))
  const texts = prose.length > 0 ? prose : all
  const passages = texts.flatMap(({ path, text }) =>
    splitSentences(text).map((span) => ({ path, ...span, text: text.slice(span.start, span.end) })),
  )
  return passages.slice(0, MAX_PASSAGES)
}

function skillsOf(value: FieldValue | undefined): string[] {
  if (!Array.isArray(value)) return []
  return value.filter((item): item is string => typeof item === 'string' && item.trim() !== '')
}
