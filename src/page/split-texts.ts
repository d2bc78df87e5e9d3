/** Where one resume of a plain text ends: at a line of dashes, at an empty line, at each line, or nowhere. */
export type TextSplit = 'rule' | 'paragraph' | 'line' | 'whole'

/** All ways to part a text, in the order in which they are tried. */
export const TEXT_SPLITS: readonly TextSplit[] = ['rule', 'paragraph', 'line', 'whole']

/** A line of three or more dashes, equals signs, underscores or asterisks, as people draw between two texts. */
const RULE = /^[ \t]*(?:-{3,}|={3,}|_{3,}|\*{3,}|—{2,})[ \t]*$/m
const SKILLS_LINE = /^[ \t]*(?:skills?|技能|专业技能|技能要求|所需技能)[ \t]*[:：][ \t]*(.+)$/im
/** A longer first line is a sentence of the text, not its heading. */
const LONGEST_TITLE = 60

/** Parts plain text into resumes, each with its heading and the skills that a line of it lists. */
export function readTextResumes(
  text: string,
  split: TextSplit = guessSplit(text),
): { readonly split: TextSplit; readonly rows: Record<string, unknown>[] } {
  return { split, rows: partsOf(text, split).map(readOneText) }
}

/**
 * One job or resume of running text. A short first line with more behind it is its `title`; a line such as
 * `Skills: SQL, Python` or `技能：…` gives its `skills`, and stays in the `text`.
 */
export function readOneText(text: string): Record<string, unknown> {
  const trimmed = text.replaceAll('\r\n', '\n').trim()
  const end = trimmed.indexOf('\n')
  const heading = end < 0 ? '' : trimmed.slice(0, end).trim()
  const isTitle = heading !== '' && heading.length <= LONGEST_TITLE && !/[。！？.!?;；]$/.test(heading)
  const skills = listSkills(SKILLS_LINE.exec(trimmed)?.[1] ?? '')
  return {
    ...(isTitle && { title: heading.replace(/^#+\s*/, '') }),
    ...(skills.length > 0 && { skills }),
    text: isTitle ? trimmed.slice(end + 1).trim() : trimmed,
  }
}

/** The skills of a text that lists them: parted by commas, semicolons, bars or lines, Chinese ones too. */
export function listSkills(text: string): string[] {
  const skills = text.split(/[,，;；、|\n]/).map((skill) => skill.trim().replace(/[。.]$/, ''))
  return [...new Set(skills.filter((skill) => skill !== ''))]
}

/** Files with one resume each as a text that {@link readTextResumes} parts again: rules within a file become empty lines. */
export function joinResumeFiles(texts: readonly string[]): string {
  const rule = new RegExp(RULE, 'gm')
  const parts = texts.map((text) => text.replace(/\r\n?/g, '\n').replace(rule, '').trim())
  return parts.filter((part) => part !== '').join('\n\n---\n\n')
}

function guessSplit(text: string): TextSplit {
  if (RULE.test(text)) return 'rule'
  const lines = text.trim().split(/\r\n|\r|\n/)
  if (lines.some((line) => line.trim() === '')) return 'paragraph'
  return lines.length > 1 ? 'line' : 'whole'
}

function partsOf(text: string, split: TextSplit): string[] {
  const unix = text.replace(/\r\n?/g, '\n')
  const parts = {
    rule: () => unix.split(new RegExp(RULE, 'm')),
    paragraph: () => unix.split(/\n[ \t]*\n/),
    line: () => unix.split('\n'),
    whole: () => [unix],
  }[split]()
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}
