import { type Span, splitSentences } from '../../formats/sentences.ts'
import { alignRows } from '../../ranking/evidence.ts'
import type { Matrix } from '../../vector/matrix.ts'
import { type FieldValue, type MatchDocument, textsOf } from './document.ts'
import type { MatchPlan } from './plan.ts'
import type { EmbedTexts } from './recall.ts'
import type { MatchedSkill, NamedSkills, SkillComparison } from './skills/skills.ts'

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
  readonly matched: readonly MatchedSkill[]
  readonly missing: readonly string[]
}

/** Why a candidate stands where it stands. */
export interface Explanation {
  readonly evidence: readonly EvidencePair[]
  /** When the query has a list `skills`. */
  readonly skills?: SkillMatch
}

const EVIDENCE_PAIRS = 3
/** Sentences compared a document, first ones first: evidence is to be read, and resumes begin with what matters. */
const MAX_PASSAGES = 64
/** Two skills of at least this cosine are one: the same words in another form, not merely the same field. */
const SAME_SKILL = 0.8

/** Looks up a query's skills; asked only when there are any. */
export type CompareSkills = (wanted: readonly string[]) => Promise<SkillComparison>

/**
 * Explains one query's best candidates by the plan's first model, in one call to it a role. Skills are compared by their
 * names first; only what these leave open is embedded.
 */
export async function explain(
  plan: MatchPlan,
  query: MatchDocument,
  candidates: readonly MatchDocument[],
  embed: EmbedTexts,
  compareSkills: CompareSkills,
): Promise<Explanation[]> {
  const asked = await askSkills(query, candidates, compareSkills)
  const passages = [query, ...candidates].map((document) => passagesOf(document, plan))
  const skills = [asked.open.map((index) => asked.wanted[index]!), ...asked.candidates.map(freeSkillsOf)]
  const { manifest } = plan.models[0]!
  const texts = passages.map((list, index) => [...list.map(({ text }) => text), ...(skills[index] ?? [])])
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
  return candidates.map((candidate, index) => {
    const [own, other] = [slices[0]!, slices[index + 1]!]
    const evidence = alignRows(own.passages, other.passages, EVIDENCE_PAIRS, 0).map(
      ({ left, right, score }) => ({
        query: passages[0]![left]!,
        candidate: passages[index + 1]![right]!,
        score,
      }),
    )
    const compared = asked.candidates[index]
    if (!compared) return { evidence }
    return { evidence, skills: matchSkills(asked, compared, candidate, [own.skills, other.skills]) }
  })
}

function rows({ data, columns }: Matrix, start: number, end: number): Matrix {
  return { data: data.subarray(start * columns, end * columns), rows: end - start, columns }
}

interface AskedSkills {
  readonly wanted: readonly string[]
  /** Positions of wanted skills that are open for any candidate. */
  readonly open: readonly number[]
  /** Empty when the query has no skills. */
  readonly candidates: readonly ComparedSkills[]
}

interface ComparedSkills {
  readonly offered: readonly string[]
  readonly named: NamedSkills
}

async function askSkills(
  query: MatchDocument,
  candidates: readonly MatchDocument[],
  compareSkills: CompareSkills,
): Promise<AskedSkills> {
  const wanted = skillsOf(query.fields.skills)
  if (wanted.length === 0) return { wanted, open: [], candidates: [] }
  const comparison = await compareSkills(wanted)
  const compared = candidates.map(({ fields }) => {
    const offered = skillsOf(fields.skills)
    return { offered, named: comparison.compare(offered) }
  })
  const open = new Set(compared.flatMap(({ named }) => named.open))
  return { wanted, open: [...open], candidates: compared }
}

function freeSkillsOf({ offered, named }: ComparedSkills): string[] {
  return named.open.length === 0 ? [] : named.free.map((index) => offered[index]!)
}

/** By name, then by the likeness of vectors, then by what the candidate's texts say. */
function matchSkills(
  { wanted, open }: AskedSkills,
  { offered, named }: ComparedSkills,
  candidate: MatchDocument,
  [own, other]: readonly [Matrix, Matrix],
): SkillMatch {
  const mine = new Set(named.open)
  const pairs = alignRows(
    own,
    other,
    named.open.length,
    SAME_SKILL,
    (left, right) => mine.has(open[left]!) && named.mayBeAlike(open[left]!, named.free[right]!),
  )
  for (const { left } of pairs) mine.delete(open[left]!)
  const texts = textsOf(candidate).filter(({ path }) => !path.startsWith('skills['))
  const told = named.inTexts([...mine], texts)
  for (const index of told.keys()) mine.delete(index)
  const alike = pairs.map(({ left, right, score }) => ({
    query: wanted[open[left]!]!,
    candidate: offered[named.free[right]!]!,
    score,
  }))
  return {
    matched: [...named.matched, ...alike, ...told.values()],
    missing: wanted.filter((_, index) => mine.has(index)),
  }
}

/** Sentences, and skills only where there is nothing else: these are matched by themselves. */
function passagesOf(document: MatchDocument, { sections }: MatchPlan): Passage[] {
  const all = sections.flatMap(({ name }) => textsOf(document, name))
  const prose = all.filter(({ path }) => !path.startsWith('skills['))
  const texts = prose.length > 0 ? prose : all
  const passages: Passage[] = []
  for (const { path, text } of texts) {
    for (const span of splitSentences(text, MAX_PASSAGES - passages.length))
      passages.push({ path, ...span, text: text.slice(span.start, span.end) })
    if (passages.length === MAX_PASSAGES) break
  }
  return passages
}

function skillsOf(value: FieldValue | undefined): string[] {
  if (!Array.isArray(value)) return []
  return value.filter((item): item is string => typeof item === 'string' && item.trim() !== '')
}
