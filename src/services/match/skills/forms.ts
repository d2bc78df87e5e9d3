/** A longer text is no name of a skill, and is only compared as it is. */
export const LONGEST_NAME = 120

/**
 * A skill as it is compared: Unicode's compatible form, lower case, single spaces, without what stands in brackets
 * (`Python (primary)`), unless that is all there is.
 */
export function normalName(skill: string): string {
  const text = skill.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim()
  if (text.length > LONGEST_NAME) return text
  const bare = text
    .replaceAll(/\([^()]*\)|\[[^[\]]*\]|【[^【】]*】/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return bare === '' ? text : bare
}

/** A normal name without spaces, hyphens, slashes and inner dots: `node.js`, `node js` and `nodejs` are one. */
export function compactName(normal: string): string {
  const joined = normal.replaceAll(/[\s\-–_/·'’]+/g, '')
  return joined.slice(0, 1) + joined.slice(1).replaceAll('.', '')
}

/** A normal name with its last word in the singular, as far as its end tells: `nurses`, `apis`, `batteries`. */
export function singularOf(normal: string): string {
  const word = normal.slice(normal.lastIndexOf(' ') + 1)
  if (!/^[a-z-]{4,}$/.test(word) || !word.endsWith('s') || /(ss|us|is)$/.test(word)) return normal
  if (word.endsWith('ies') && word.length > 4) return `${normal.slice(0, -3)}y`
  return /(sses|xes|ches|shes)$/.test(word) ? normal.slice(0, -2) : normal.slice(0, -1)
}

const LEVELS = new Set(
  'advanced basic beginner intermediate expert proficient professional fluent native primary secondary strong good certified 精通 熟练 熟悉 掌握 了解 良好 流利 优秀 一般 母语'.split(
    ' ',
  ),
)
const LEVEL_STARTS =
  /^(精通|熟练掌握|熟练使用|熟练运用|熟练应用|熟练|熟悉|掌握|了解|擅长|proficient in |proficient with |experience (in|with) |knowledge of |familiar with |expert in |advanced |basic |fluent (in )?)/

/** A normal name without a word for how well somebody can it: `精通java`, `python - advanced`, `english: fluent`. */
export function withoutLevel(normal: string): string {
  if (normal.length > LONGEST_NAME) return normal
  const end = Math.max(...['-', '–', '—', ':', ','].map((mark) => normal.lastIndexOf(mark)))
  const level = end > 0 && LEVELS.has(normal.slice(end + 1).trim())
  const name = (level ? normal.slice(0, end) : normal).trim()
  return name.replace(LEVEL_STARTS, '').trim() || name
}

/** What is left of a name without its version. */
interface Unversioned {
  readonly name: string
  /** Whether it is a version even of an unknown name: after a space, and with a point, as in `foo 2.1`. */
  readonly certain: boolean
}

/**
 * A normal name without a version at its end (`python 3.11`, `java 8+`, `html5`, `vue 3.x`); nothing when there is none,
 * or when the digit may be part of the name: after a single letter (`h2`, `s3`), or as a number of three digits and more
 * that is no year (`iso 9001`). Read from the end, character by character, so that its time is linear.
 */
export function withoutVersion(normal: string): Unversioned | undefined {
  if (normal.length > LONGEST_NAME) return undefined
  let text = normal.endsWith('.x') ? normal.slice(0, -2) : normal
  if (/\d\+$/.test(text)) text = text.slice(0, -1)
  let start = text.length
  while (start > 0 && /[\d.,/& -]/.test(text[start - 1]!)) start--
  const version = text.slice(start)
  const apart = /^[^\d.]/.test(version)
  const name = text
    .slice(0, start)
    .replace(/ v$| version$| ver$|版本?$/, '')
    .trim()
  const numbers = version.split(/[^\d.]+/).filter((part) => part !== '')
  if (name === '' || numbers.length === 0 || !numbers.every((part) => isVersion(part, apart)))
    return undefined
  if (!apart && name.length < 2) return undefined
  return { name, certain: apart && numbers.some((part) => /\d\.\d/.test(part)) && name.length > 2 }
}

function isVersion(number: string, apart: boolean): boolean {
  return /^\d{1,2}$|^\d+(\.\d+)+$/.test(number) || (apart && /^(19|20)\d\d$/.test(number))
}
