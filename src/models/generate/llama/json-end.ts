/** As much of a text as belongs to the value. */
interface UpToEnd {
  readonly text: string
  /** Whether the value is whole: nothing behind it belongs to it. */
  readonly ended: boolean
}

const WORDS = ['true', 'false', 'null']

/**
 * Finds where a JSON value ends that comes in pieces. A grammar lets white space follow it without end, which models go
 * on with until their tokens are used up. The text must be JSON, as a grammar makes it.
 */
export function createJsonEnd(): (text: string) => UpToEnd {
  let depth = 0
  let inString = false
  let escaped = false
  /** A number or word outside of everything. */
  let bare = ''
  const endsWith = (letter: string): boolean => {
    if (inString) {
      if (escaped) escaped = false
      else if (letter === '\\') escaped = true
      else if (letter === '"') inString = false
      return !inString && depth === 0
    }
    if (letter === '"') inString = true
    else if (letter === '{' || letter === '[') depth += 1
    else if (letter === '}' || letter === ']') depth -= 1
    else if (depth === 0 && letter.trim() !== '') bare += letter
    return depth === 0 && !inString && (letter === '}' || letter === ']' || WORDS.includes(bare))
  }
  return (text) => {
    for (let at = 0; at < text.length; at++) {
      // What ends a number is behind it.
      if (bare !== '' && /\s/.test(text[at]!)) return { text: text.slice(0, at), ended: true }
      if (endsWith(text[at]!)) return { text: text.slice(0, at + 1), ended: true }
    }
    return { text, ended: false }
  }
}
