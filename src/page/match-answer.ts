import type { Passage } from './highlight.ts'

interface Place {
  /** `text`, `skills[2]`, `experience[0].title`. */
  readonly path: string
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Two passages that speak of the same, and how alike they are. */
export interface Evidence {
  readonly query: Place
  readonly candidate: Place
  readonly score: number
}

/** A skill that was asked for and found. */
interface MatchedSkill {
  readonly query: string
  readonly candidate: string
  readonly score: number
  readonly evidence?: 'text'
}

/** One ranked resume, as `POST /match` answers it. */
export interface MatchResult {
  readonly id: string
  /** Its position among the candidates. */
  readonly index: number
  readonly score: number
  readonly chance?: number
  readonly band?: string
  readonly explanation?: {
    readonly evidence: readonly Evidence[]
    readonly skills?: { readonly matched: readonly MatchedSkill[]; readonly missing: readonly string[] }
  }
}

/** The answer of `POST /match` to one query. */
export interface MatchAnswer {
  readonly models: readonly { readonly model: string }[]
  readonly results: readonly MatchResult[]
  readonly excluded: readonly { readonly id: string; readonly reason: string }[]
  readonly warnings: readonly string[]
}

/** The passages of a resume's field that speak for it, numbered from 1 as its evidence is. */
export function passagesAt(result: MatchResult, path: string): Passage[] {
  const evidence = result.explanation?.evidence ?? []
  return evidence.flatMap(({ candidate }, index) =>
    candidate.path === path ? [{ start: candidate.start, end: candidate.end, mark: index + 1 }] : [],
  )
}

/** The place of each resume in a ranking, counted from 1, by its position among the candidates. */
export function placesOf(answer: MatchAnswer): Map<number, number> {
  return new Map(answer.results.map(({ index }, place) => [index, place + 1]))
}
