/** Names of one group of people. */
interface NameGroup {
  readonly group: string
  readonly names: readonly string[]
}

/**
 * First names of Bertrand and Mullainathan (2004), which readers take for white and for African American, and frequent
 * Chinese names. A few each: a report compares groups, and each query takes one name of every group.
 */
const NAME_GROUPS: readonly NameGroup[] = [
  { group: 'English, women', names: ['Emily Walsh', 'Anne Baker', 'Laurie Murphy', 'Sarah McCarthy'] },
  { group: 'English, men', names: ['Greg Walsh', 'Brendan Baker', 'Todd Murphy', 'Neil McCarthy'] },
  {
    group: 'African American, women',
    names: ['Lakisha Washington', 'Aisha Jefferson', 'Keisha Robinson', 'Tamika Jackson'],
  },
  {
    group: 'African American, men',
    names: ['Jamal Washington', 'Darnell Jefferson', 'Rasheed Robinson', 'Tyrone Jackson'],
  },
  { group: 'Chinese, women', names: ['王芳', '李娜', '张秀英', '刘敏'] },
  { group: 'Chinese, men', names: ['王伟', '李强', '张建国', '刘洋'] },
]

/** So many queries are asked under each name: six texts each, and 1,200 are some seconds of a transformer. */
const MOST_QUERIES = 200

/** Queries under the names of all groups. */
interface NamedQueries {
  readonly texts: readonly string[]
  /** By text: the group of its name. */
  readonly groups: readonly string[]
  /** By text: the place of the query that it was made of. */
  readonly sources: Int32Array
}

/**
 * Puts one name of every group before each query, so that groups differ in nothing else. Of more than 200 queries every so
 * many-th is taken.
 */
export function nameQueries(queries: readonly string[]): NamedQueries {
  const count = Math.min(MOST_QUERIES, queries.length)
  const places = Array.from({ length: count }, (_, index) => Math.floor((index * queries.length) / count))
  const rows = places.flatMap((place, index) =>
    NAME_GROUPS.map(({ group, names }) => ({
      text: withName(queries[place]!, names[index % names.length]!),
      group,
      source: place,
    })),
  )
  return {
    texts: rows.map(({ text }) => text),
    groups: rows.map(({ group }) => group),
    sources: Int32Array.from(rows, ({ source }) => source),
  }
}

/** A text under a name: in place of its `{name}`, or on a line before it. */
export function withName(text: string, name: string): string {
  return text.includes('{name}') ? text.replaceAll('{name}', name) : `${name}\n${text}`
}
