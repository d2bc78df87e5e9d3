import { type AppError, invalid } from '../../../errors.ts'

/** More would be another table. */
const MOST_GROUPS = 100_000
const LONGEST_NAME = 100

/**
 * The groups of a file of an operator: a JSON list of lists, each the names of one skill.
 *
 * @param path how errors call the file
 * @throws AppError `invalid_request` that names the file, the first wrong place and what it should be
 */
export function parseSkillSynonyms(text: string, path: string): string[][] {
  const content = parseJson(text, path)
  if (!Array.isArray(content)) throw wrong(path, 'is no list')
  if (content.length > MOST_GROUPS)
    throw wrong(path, `has ${content.length} groups, more than ${MOST_GROUPS}`)
  return content.map((group: unknown, index) => {
    const place = `has something else at [${index}]`
    if (!Array.isArray(group) || group.length < 2) throw wrong(path, place)
    return group.map((name: unknown, at) => {
      if (typeof name === 'string' && name.trim() !== '' && name.length <= LONGEST_NAME) return name
      throw wrong(path, `${place}[${at}]`)
    })
  })
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw wrong(path, `is not JSON (${(cause as Error).message})`)
  }
}

function wrong(path: string, problem: string): AppError {
  return invalid(
    'SKILL_SYNONYMS',
    `The file ${path} of SKILL_SYNONYMS ${problem}; expected a JSON list of lists, each of two and more names of one skill, such as [["Kubernetes", "k8s"], ["成本核算", "cost accounting"]].`,
  )
}
