import { type Span, splitSentences } from '../../formats/sentences.ts'
import { alignRows } from '../../ranking/evidence.ts'
import { createTurns } from '../../turns.ts'
import type { Matrix } from '../../vector/matrix.ts'
import { MOST_LIKENED } from './bounds.ts'
import { type FieldText, type MatchDocument, skillsOf, textsOf } from './document.ts'
import type { MatchPlan } from './plan.ts'
import type { EmbedTexts } from './recall.ts'
import type { MatchedSkill, NamedSkills, SkillComparison } from './skills/skills.ts'

/** A part of a document's text: `value.slice(start, end)` of the field at `path`, in UTF-16 code units. */
interface Passage extends Span {
  readonly path: string
  readonly text: string
}

/** Two passages that say the same, to be shown side by side. */
interface EvidencePair {
  readonly query: Passage
  readonly candidate: Passage
  readonly score: number
}

/** Which of the query's skills a candidate has. */
interface SkillMatch {
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
/** Characters of a candidate in which skills are looked for, in one go: 0.3 µs each, 1 µs in Chinese. */
const MOST_SEARCHED = 40_000
/** Texts that are embedded in one call, unless one document has more: their vectors take a few megabytes. */
const TEXTS_A_CALL = 4000

/** Looks up a query's skills; asked only when there are any. */
export type CompareSkills = (wanted: readonly string[]) => Promise<SkillComparison>

/** Why each candidate of one query stands where it stands, in their order; and what was not looked at, in sentences. */
interface Explanations {
  readonly explanations: readonly Explanation[]
  readonly warnings: readonly string[]
}

/**
 * Explains one query's best candidates by the plan's first model, in few calls to it. Skills are compared by their
 * names first; only what these leave open is embedded.
 */
export async function explain(
  plan: MatchPlan,
  query: MatchDocument,
  candidates: readonly MatchDocument[],
  embed: EmbedTexts,
  compareSkills: CompareSkills,
): Promise<Explanations> {
  const turns = createTurns()
  const asked = await askSkills(query, candidates, compareSkills)
  const parts = [
    partsOf(
      query,
      plan,
      asked.open.map((index) => asked.wanted[index]!),
    ),
  ]
  for (const [index, candidate] of candidates.entries()) {
    parts.push(partsOf(candidate, plan, freeSkillsOf(asked.candidates[index])))
    await turns.rest()
  }
  const vectors = vectorsInCalls(parts, (texts) =>
    embed(texts, plan.models[0]!.manifest.id, plan.roles.candidate),
  )
  const own = (await vectors.next()).value!
  const explanations: Explanation[] = []
  for await (const other of vectors) {
    const index = explanations.length
    const evidence = evidenceOf([parts[0]!, parts[index + 1]!], [own, other])
    const compared = asked.candidates[index]
    const skills = compared && matchSkills(asked, compared, candidates[index]!, [own.skills, other.skills])
    explanations.push({ evidence, ...(skills && { skills }) })
    await turns.rest()
  }
  return { explanations, warnings: warningsOf(candidates, asked) }
}

/** What of a document is compared. */
interface Parts {
  readonly passages: readonly Passage[]
  readonly skills: readonly string[]
}

/** The vectors of {@link Parts}. */
interface PartVectors {
  readonly passages: Matrix
  readonly skills: Matrix
}

function partsOf(document: MatchDocument, plan: MatchPlan, skills: readonly string[]): Parts {
  return { passages: passagesOf(document, plan), skills }
}

/** The vectors of one part after the other; several are embedded in one call. */
async function* vectorsInCalls(
  parts: readonly Parts[],
  embed: (texts: readonly string[]) => Promise<Matrix>,
): AsyncGenerator<PartVectors, undefined> {
  let from = 0
  while (from < parts.length) {
    const texts: string[] = []
    let to = from
    while (to < parts.length && (to === from || texts.length + countOf(parts[to]!) <= TEXTS_A_CALL)) {
      const { passages, skills } = parts[to++]!
      for (const { text } of passages) texts.push(text)
      for (const skill of skills) texts.push(skill)
    }
    yield* cut(await embed(texts), parts.slice(from, to))
    from = to
  }
}

function countOf({ passages, skills }: Parts): number {
  return passages.length + skills.length
}

function* cut(vectors: Matrix, parts: readonly Parts[]): Generator<PartVectors> {
  let at = 0
  for (const part of parts) {
    const middle = at + part.passages.length
    const end = at + countOf(part)
    yield { passages: rows(vectors, at, middle), skills: rows(vectors, middle, end) }
    at = end
  }
}

function rows({ data, columns }: Matrix, start: number, end: number): Matrix {
  return { data: data.subarray(start * columns, end * columns), rows: end - start, columns }
}

function evidenceOf(
  [query, candidate]: readonly [Parts, Parts],
  [own, other]: readonly [PartVectors, PartVectors],
): EvidencePair[] {
  return alignRows(own.passages, other.passages, EVIDENCE_PAIRS, 0).map(({ left, right, score }) => ({
    query: query.passages[left]!,
    candidate: candidate.passages[right]!,
    score,
  }))
}

interface AskedSkills {
  readonly wanted: readonly string[]
  /** Positions of wanted skills that are open for any candidate, and compared by likeness. */
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
  const wanted = skillsOf(query)
  if (wanted.length === 0) return { wanted, open: [], candidates: [] }
  const comparison = await compareSkills(wanted)
  const compared: ComparedSkills[] = []
  for (const candidate of candidates) {
    const offered = skillsOf(candidate)
    compared.push({ offered, named: await comparison.compare(offered) })
  }
  const open = new Set(compared.flatMap(({ named }) => named.likened.open))
  return { wanted, open: [...open], candidates: compared }
}

function freeSkillsOf(compared: ComparedSkills | undefined): string[] {
  if (!compared || compared.named.likened.open.length === 0) return []
  return compared.named.likened.free.map((index) => compared.offered[index]!)
}

/** By name, then by the likeness of vectors, then by what the candidate's texts say. */
function matchSkills(
  { wanted, open }: AskedSkills,
  { offered, named }: ComparedSkills,
  candidate: MatchDocument,
  [own, other]: readonly [Matrix, Matrix],
): SkillMatch {
  const mine = new Set(named.open)
  const { free } = named.likened
  const pairs = alignRows(
    own,
    other,
    named.likened.open.length,
    SAME_SKILL,
    (left, right) => mine.has(open[left]!) && named.mayBeAlike(open[left]!, free[right]!),
  )
  for (const { left } of pairs) mine.delete(open[left]!)
  const told = named.inTexts([...mine], searchedTexts(candidate).texts)
  for (const index of told.keys()) mine.delete(index)
  const alike = pairs.map(({ left, right, score }) => ({
    query: wanted[open[left]!]!,
    candidate: offered[free[right]!]!,
    score,
  }))
  return {
    matched: [...named.matched, ...alike, ...told.values()],
    missing: wanted.filter((_, index) => mine.has(index)),
  }
}

/** The texts of a candidate in which skills are looked for, and whether any were left out or cut. */
function searchedTexts(candidate: MatchDocument): { texts: FieldText[]; cut: boolean } {
  const texts: FieldText[] = []
  let left = MOST_SEARCHED
  for (const { path, text } of textsOf(candidate)) {
    if (path.startsWith('skills[')) continue
    if (left === 0) return { texts, cut: true }
    texts.push({ path, text: text.slice(0, left) })
    if (text.length > left) return { texts, cut: true }
    left -= text.length
  }
  return { texts, cut: false }
}

/** The same for all queries, so that many are not told one by one. */
function warningsOf(
  candidates: readonly MatchDocument[],
  { wanted, candidates: compared }: AskedSkills,
): string[] {
  if (wanted.length === 0) return []
  const many = compared.some(({ named }) => named.free.length > named.likened.free.length)
  const long = candidates.some((candidate) => searchedTexts(candidate).cut)
  return [
    ...(wanted.length > MOST_LIKENED
      ? [`Skills of a query beyond its first ${MOST_LIKENED} were compared by name alone.`]
      : []),
    ...(many
      ? [
          `Skills of a candidate beyond the first ${MOST_LIKENED} that no name matches were compared by name alone.`,
        ]
      : []),
    ...(long
      ? [`Skills were looked for in the first ${MOST_SEARCHED} characters of a candidate alone.`]
      : []),
  ]
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
