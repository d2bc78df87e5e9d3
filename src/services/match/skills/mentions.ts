import { compactName, normalName, singularOf, withoutVersion } from './forms.ts'
import type { SkillNames } from './names.ts'
import { type Token, tokensOf } from './tokens.ts'

/** A part of a text that names a wanted skill: `text.slice(start, end)`. */
interface Mention {
  /** Where the skill stands among the wanted ones. */
  readonly wanted: number
  readonly start: number
  readonly end: number
}

interface Needle {
  readonly wanted: number
  readonly key: string
  readonly software: boolean
  readonly form: string
}

/** Longer names are not looked for in texts: 500 texts of 3,000 characters as skills took 230 ms. */
const MOST_TOKENS = 12
const LONGEST_NAME = 200
/** Words on either side that may belong to a longer name, as in React Native. */
const NAME_AROUND = 2
/** Characters before a name that may deny it. */
const DENIAL_REACH = 40

/** Names of software that are words of everyday English too: these count in a text only with their capitals. */
const ORDINARY = new Set(
  'go node express swift rust ruby dart julia groovy less react electron spring rails unity sketch maya blender rhino excel word office outlook windows shell bash assembly hive spark airflow snowflake looker helm puppet torch cypress playwright postman premiere illustrator rest soap sass bootstrap perl his mes sap sas ps ug ros teams access angular vite spring flask'.split(
    ' ',
  ),
)
const DENIED_CHINESE = /(不会|不懂|不熟悉|不了解|没用过|未使用过|没有|无)[^，。；、,.;]{0,4}$/u
const DENIED_ENGLISH = /\b(?:no|not(?! only)|never|without|lacks?|lacking)(?: [\w-]+){0,3} ?$/i

/** Finds wanted skills in texts. */
interface MentionFinder {
  /** The first mention of each wanted skill that a text names, in time linear in the text's length. */
  find(text: string): Mention[]
}

/** Compiles the wanted skills once, for all the texts that they are looked for in. */
export function createMentionFinder(names: SkillNames, wanted: readonly string[]): MentionFinder {
  const { needles, firsts, most } = compile(names, wanted)
  return {
    find(text) {
      const tokens = most > 0 ? tokensOf(text) : []
      const found = new Map<number, Mention>()
      for (let from = 0; from < tokens.length; from++) {
        if (!firsts.has(firstOf(tokens[from]!.name))) continue
        let words = ''
        for (let to = from; to < Math.min(tokens.length, from + most); to++) {
          if (to > from && !tokens[to]!.joins) break
          words += tokens[to]!.name
          for (const needle of needlesFor(words, needles)) {
            if (found.has(needle.wanted) || !isMeant(text, tokens, [from, to], needle, names)) continue
            const place = { start: tokens[from]!.start, end: tokens[to]!.end }
            found.set(needle.wanted, { wanted: needle.wanted, ...place })
          }
        }
      }
      return [...found.values()]
    },
  }
}

interface Needles {
  /** By compact name. */
  readonly needles: ReadonlyMap<string, Needle[]>
  /** How their first words begin: most words of a text begin otherwise, and need no look-up. */
  readonly firsts: ReadonlySet<string>
  /** Most words of one. */
  readonly most: number
}

/** Two characters, which neither plural nor version changes. */
function firstOf(name: string): string {
  return name.slice(0, 2)
}

function compile(names: SkillNames, wanted: readonly string[]): Needles {
  const needles = new Map<string, Needle[]>()
  const firsts = new Set<string>()
  let most = 0
  for (const [index, skill] of wanted.entries()) {
    if (skill.length > LONGEST_NAME) continue
    const { key, software } = names.nameOf(skill)
    const forms = new Set([...names.formsOf(skill), skill])
    for (const form of forms) {
      const normal = normalName(form)
      const tokens = tokensOf(normal)
      // A single letter is a grade, a vitamin or a variable before it is a language.
      if (tokens.length === 0 || tokens.length > MOST_TOKENS || compactName(normal).length < 2) continue
      most = Math.max(most, tokens.length)
      firsts.add(firstOf(tokens[0]!.name)).add(firstOf(compactName(normal)))
      for (const compact of new Set([compactName(normal), compactName(singularOf(normal))])) {
        const here = needles.get(compact) ?? []
        here.push({ wanted: index, key, software, form })
        needles.set(compact, here)
      }
    }
  }
  return { needles, firsts, most }
}

/** As it stands, in the singular, or without a version that is written to it (HTML5). */
function needlesFor(words: string, needles: Needles['needles']): readonly Needle[] {
  const exact = needles.get(words) ?? needles.get(singularOf(words))
  if (exact) return exact
  const bare = /\d$/.test(words) ? withoutVersion(words) : undefined
  const versioned = (bare && needles.get(bare.name)) ?? []
  return versioned.filter(({ software }) => software)
}

function isMeant(
  text: string,
  tokens: readonly Token[],
  [from, to]: readonly [number, number],
  needle: Needle,
  names: SkillNames,
): boolean {
  const { start } = tokens[from]!
  const { end } = tokens[to]!
  if (!isWrittenAs(text, start, end, needle)) return false
  if (isDenied(text.slice(Math.max(0, start - DENIAL_REACH), start))) return false
  return !needle.software || !isPartOfAnother(tokens, from, to, needle, names)
}

/** Whether the letters have the case that a name needs to be one. */
function isWrittenAs(text: string, start: number, end: number, { form, software }: Needle): boolean {
  const written = text.slice(start, end)
  const name = written.toLowerCase()
  if (/^[a-z]{2}$/i.test(written) && (written !== form || /[-&'’]/.test(around(text, start, end))))
    return false
  if (!software || !ORDINARY.has(name)) return true
  if (isListed(text, start, end)) return true
  if (form === form.toUpperCase()) return written === form
  return (
    /^\p{Lu}/u.test(written) && !(startsSentence(text, start) && /^ +\p{Ll}/u.test(text.slice(end, end + 4)))
  )
}

function around(text: string, start: number, end: number): string {
  return text.slice(Math.max(0, start - 1), start) + text.slice(end, end + 1)
}

/** Beside Chinese, or between the commas of a list, a word of English is a name. */
function isListed(text: string, start: number, end: number): boolean {
  const before = text
    .slice(Math.max(0, start - 3), start)
    .trimEnd()
    .slice(-1)
  const after = text
    .slice(end, end + 3)
    .trimStart()
    .slice(0, 1)
  if (/\p{Script=Han}/u.test(before + after)) return true
  return /^[,、，/;；|(（:：]?$/.test(before) && /^[,、，/;；|)）.。]?$/.test(after) && before + after !== '.'
}

function startsSentence(text: string, start: number): boolean {
  return /(^|[.!?。！？\n])\s*$/.test(text.slice(Math.max(0, start - 4), start))
}

function isDenied(before: string): boolean {
  return DENIED_CHINESE.test(before) || DENIED_ENGLISH.test(before)
}

/** Whether the words are part of a longer name of something else: Java in "Java Script", React in "React Native". */
function isPartOfAnother(
  tokens: readonly Token[],
  from: number,
  to: number,
  { key }: Needle,
  names: SkillNames,
): boolean {
  for (let first = from; first >= Math.max(0, from - NAME_AROUND); first--) {
    if (first < from && !tokens[first + 1]!.joins) break
    let words = ''
    for (let last = first; last <= Math.min(tokens.length - 1, to + NAME_AROUND); last++) {
      if (last > first && !tokens[last]!.joins) break
      words += tokens[last]!.name
      if (last < to || (first === from && last === to)) continue
      const other = names.find(words)
      if (other && other.key !== key) return true
    }
  }
  return false
}
