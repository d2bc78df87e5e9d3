import { compactName, LONGEST_NAME, normalName, singularOf, withoutLevel, withoutVersion } from './forms.ts'
import { tokensOf } from './tokens.ts'

/** Groups of names for one skill each, the usual one first. */
interface SkillTable {
  /** Programs, languages and services: what has versions, and whose names are never merely alike. */
  readonly software: readonly (readonly string[])[]
  /** Everything else that people can do. */
  readonly skills: readonly (readonly string[])[]
}

/** What a skill is, whatever it is written like. */
export interface SkillName {
  /** The same for two skills exactly when they are one. */
  readonly key: string
  /** Whether it is a name of the table's software. */
  readonly software: boolean
  /** Keys of the software that it names: itself, or what a longer text has in it. */
  tools(): ReadonlySet<string>
}

/** Finds the skill that a text names, whatever its spelling. */
export interface SkillNames {
  /** The skill that a text names. */
  nameOf(skill: string): SkillName
  /** A text such as `JS/TS` as the skills that it lists, when the table knows all of them; otherwise the one that it is. */
  partsOf(skill: string): readonly SkillName[]
  /** Every spelling of a skill: the table's, or the text itself. */
  formsOf(skill: string): readonly string[]
  /** The skill of the table that exactly this is a name of, as {@link compactName} makes it. */
  find(compact: string): SkillName | undefined
}

interface Entry extends SkillName {
  readonly forms: readonly string[]
}

/** Words behind the name of a language or program that do not change it: `Java development` is Java. */
const SUFFIXES =
  / ?(programming language|programming|language|development|developer|engineer|skills?|database|operating system|操作系统|编程语言|编程|程序设计|语言|开发工程师|工程师|开发|数据库|软件)$/
/** Keys of the table begin with it, and no compact name does. */
const KNOWN = '='
/** More are no list of skills but a text. */
const MOST_PARTS = 8
/** No name has more words. */
const MOST_WORDS = 6

/**
 * The names of a table and of `more` groups, which join groups of the table that they share a name with.
 */
export function createSkillNames(table: SkillTable, more: readonly (readonly string[])[] = []): SkillNames {
  const entries = indexTable(table, more)
  const find = (compact: string) => entries.get(compact)
  const look = (text: string) => find(compactName(text))

  const lookUp = (text: string): Entry | undefined => {
    if (text.length > LONGEST_NAME) return undefined
    const base = withoutLevel(text)
    for (const form of base === text ? [text] : [text, base]) {
      const singular = singularOf(form)
      const known = look(form) ?? (singular === form ? undefined : look(singular))
      if (known) return known
      const bare = withoutVersion(form)
      const versioned = bare && softwareOnly(look(bare.name))
      if (versioned) return versioned
      const plain = form.replace(SUFFIXES, '')
      const meant = plain === form ? undefined : softwareOnly(look(plain))
      if (meant) return meant
    }
    return undefined
  }

  const unknown = (skill: string, text: string): SkillName => {
    const base = withoutLevel(text)
    const version = withoutVersion(base)
    const name = version?.certain ? version.name : base
    let tools: ReadonlySet<string> | undefined
    const lookForTools = () => {
      // Asked for each pair of skills that are alike.
      tools ??= toolsIn(skill, find)
      return tools
    }
    return { key: compactName(singularOf(name)), software: false, tools: lookForTools }
  }

  return {
    nameOf(skill) {
      const text = normalName(skill)
      return lookUp(text) ?? unknown(skill, text)
    },
    find,
    partsOf(skill) {
      const text = normalName(skill)
      const whole = lookUp(text)
      if (whole) return [whole]
      const parts = text.split(/[/、,;&]| and |和|与/)
      const isList = parts.length > 1 && parts.length <= MOST_PARTS
      const known = isList ? parts.flatMap((part) => lookUp(part.trim()) ?? []) : []
      return isList && known.length === parts.length ? known : [unknown(skill, text)]
    },
    formsOf: (skill) => lookUp(normalName(skill))?.forms ?? [normalName(skill)],
  }
}

function softwareOnly(entry: Entry | undefined): Entry | undefined {
  return entry?.software ? entry : undefined
}

function indexTable(
  { software, skills }: SkillTable,
  more: readonly (readonly string[])[],
): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>()
  const add = (forms: readonly string[], isSoftware: boolean) => {
    const key = `${KNOWN}${compactName(normalName(forms[0]!))}`
    const entry = { key, software: isSoftware, tools: () => new Set(isSoftware ? [key] : []), forms }
    for (const form of forms) entries.set(compactName(normalName(form)), entry)
  }
  for (const group of software) add(group, true)
  for (const group of skills) add(group, false)
  for (const group of more) {
    const shared = group.flatMap((form) => entries.get(compactName(normalName(form))) ?? [])
    add(
      [...new Set([...shared.flatMap(({ forms }) => forms), ...group])],
      shared.some((one) => one.software),
    )
  }
  // Plurals of skills; of software there are none: windows are not Windows.
  for (const entry of new Set(entries.values())) {
    if (entry.software) continue
    for (const form of entry.forms) {
      const singular = compactName(singularOf(normalName(form)))
      if (!entries.has(singular)) entries.set(singular, entry)
    }
  }
  return entries
}

/** Keys of the software that a text names with whole words. */
function toolsIn(text: string, find: SkillNames['find']): ReadonlySet<string> {
  const tokens = tokensOf(text.slice(0, 200))
  const tools = new Set<string>()
  for (let from = 0; from < tokens.length; from++) {
    let words = ''
    for (let to = from; to < Math.min(tokens.length, from + MOST_WORDS); to++) {
      words += tokens[to]!.name
      const found = find(words)
      if (found?.software) tools.add(found.key)
    }
  }
  return tools
}

/**
 * Whether two skills with different keys may still be one by the likeness of their vectors. Names of software are
 * arbitrary: Java and JavaScript are like each other and two things, and so are Excel and "excellent".
 */
export function mayBeAlike(one: SkillName, other: SkillName): boolean {
  if (one.software && other.software) return false
  const [mine, others] = [one.tools(), other.tools()]
  if (mine.size > 0 && others.size > 0) return [...mine].some((tool) => others.has(tool))
  return !isPrefixed(one, other) && !isPrefixed(other, one)
}

function isPrefixed(tool: SkillName, { key }: SkillName): boolean {
  const name = tool.key.slice(KNOWN.length)
  const other = key.startsWith(KNOWN) ? key.slice(KNOWN.length) : key
  return tool.software && (other.startsWith(name) || other.endsWith(name))
}
