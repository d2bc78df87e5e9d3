import { createTurns } from '../../../turns.ts'
import { MOST_LIKENED } from '../bounds.ts'
import type { FieldText } from '../document.ts'
import { createMentionFinder } from './mentions.ts'
import { createSkillNames, mayBeAlike, type SkillName, type SkillNames } from './names.ts'
import table from './synonyms.json' with { type: 'json' }

/** A wanted skill and what shows that the candidate has it. */
export interface MatchedSkill {
  readonly query: string
  /** The candidate's own skill, or the words of its text. */
  readonly candidate: string
  /** 1 for the same skill however it is written; otherwise the cosine of both. */
  readonly score: number
  /** `text` when it is not among the candidate's skills, but its text at `path` names it. */
  readonly evidence?: 'text'
  readonly path?: string
}

/** Skills of the query and of one candidate that are alike by their vectors, by position. */
export interface LikePair {
  readonly wanted: number
  readonly offered: number
  readonly score: number
}

/** One candidate's skills as far as names decide. */
export interface NamedSkills {
  readonly matched: readonly MatchedSkill[]
  /** Positions of wanted skills that no name matched. */
  readonly open: readonly number[]
  /** Positions of the candidate's skills that may still be like them. */
  readonly free: readonly number[]
  /** Those of both that likeness is asked for: of the first `MOST_LIKENED` wanted ones and free ones. */
  readonly likened: { readonly open: readonly number[]; readonly free: readonly number[] }
  /** Whether a wanted and an offered skill may be one by the likeness of their vectors. */
  mayBeAlike(wanted: number, offered: number): boolean
  /** What the candidate's texts name of the wanted skills that are still open, by their positions. */
  inTexts(open: readonly number[], texts: readonly FieldText[]): ReadonlyMap<number, MatchedSkill>
}

/** Compares one query's skills with those of many candidates. */
export interface SkillComparison {
  compare(offered: readonly string[]): Promise<NamedSkills>
}

/** The shipped table with the groups of the operator. */
export function shippedSkillNames(more: readonly (readonly string[])[]): SkillNames {
  return createSkillNames(table, more)
}

/** Looks up the wanted skills once, all skills in turns: there may be thousands. */
export async function createSkillComparison(
  names: SkillNames,
  wanted: readonly string[],
): Promise<SkillComparison> {
  const asked = await partsOfAll(names, wanted)
  const finder = createMentionFinder(names, wanted.slice(0, MOST_LIKENED))
  return {
    async compare(offered) {
      const own = await partsOfAll(names, offered)
      const places = new Map<string, number>()
      for (const [index, parts] of own.entries()) {
        for (const { key } of parts) if (!places.has(key)) places.set(key, index)
      }
      const isHere = (parts: readonly SkillName[]) => parts.every(({ key }) => places.has(key))
      const here = asked.map(isHere)
      const used = new Set(
        asked.flatMap((parts, index) => (here[index] ? parts.map(({ key }) => places.get(key)!) : [])),
      )
      const open = positions(asked, (index) => !here[index])
      const free = positions(own, (index) => !used.has(index))
      return {
        matched: asked.flatMap((parts, index) =>
          here[index]
            ? [{ query: wanted[index]!, candidate: offered[places.get(parts[0]!.key)!]!, score: 1 }]
            : [],
        ),
        open,
        free,
        likened: { open: open.filter((index) => index < MOST_LIKENED), free: free.slice(0, MOST_LIKENED) },
        mayBeAlike: (one, other) =>
          asked[one]!.some((left) => own[other]!.some((right) => mayBeAlike(left, right))),
        inTexts: (open, texts) => mentionsIn(texts, open, wanted, finder),
      }
    },
  }
}

async function partsOfAll(names: SkillNames, skills: readonly string[]): Promise<(readonly SkillName[])[]> {
  const turns = createTurns()
  const parts: (readonly SkillName[])[] = []
  for (const skill of skills) {
    parts.push(names.partsOf(skill))
    await turns.rest()
  }
  return parts
}

function positions(list: readonly unknown[], keep: (index: number) => boolean): number[] {
  return Array.from(list.keys()).filter(keep)
}

function mentionsIn(
  texts: readonly FieldText[],
  open: readonly number[],
  wanted: readonly string[],
  finder: ReturnType<typeof createMentionFinder>,
): ReadonlyMap<number, MatchedSkill> {
  const left = new Set(open)
  const found = new Map<number, MatchedSkill>()
  for (const { path, text } of texts) {
    if (left.size === 0) break
    for (const mention of finder.find(text)) {
      if (!left.delete(mention.wanted)) continue
      const candidate = text.slice(mention.start, mention.end)
      const query = wanted[mention.wanted]!
      found.set(mention.wanted, { query, candidate, score: 1, evidence: 'text', path })
    }
  }
  return found
}
