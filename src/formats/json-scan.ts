/** Characters that JSON is made of, by their codes. */
export const [QUOTE, COMMA, COLON] = [34, 44, 58]
/** Brackets, by their codes. */
export const [LIST, LIST_END, OBJECT, OBJECT_END] = [91, 93, 123, 125]
const BACKSLASH = 92

/** Whether a list or an object begins with this character. */
export function isOpener(code: number): boolean {
  return code === LIST || code === OBJECT
}

/** Whether a number or word ends before this character. */
export function endsScalar(code: number): boolean {
  return code === COMMA || code === LIST_END || code === OBJECT_END || code <= 32
}

/** The place of the next character that is no white space, or `stop` when there is none before. */
export function skipSpace(text: string, from: number, stop: number): number {
  for (let at = from; at < stop; at++) {
    const code = text.charCodeAt(at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at
  }
  return stop
}

/**
 * The place of the quote that ends the string which begins at `start`, or one from `stop` on when that comes first.
 *
 * @throws SyntaxError when there is none
 */
export function endOfString(text: string, start: number, stop: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    if (end >= stop || !isEscaped(text, end, start)) return end
  }
  throw new SyntaxError('Unterminated string in JSON')
}

/** Whether the backslashes before a place, back to `start`, take its meaning away. */
export function isEscaped(text: string, at: number, start: number): boolean {
  let before = at - 1
  while (before >= start && text.charCodeAt(before) === BACKSLASH) before--
  return (at - before) % 2 === 0
}

/** Characters of the longest escape, such as \u4e00. */
export const ESCAPE_LENGTH = 6

/** `end`, or the beginning of the escape that it lies in; `start` lies in none, at least `ESCAPE_LENGTH` before. */
export function beforeEscape(text: string, start: number, end: number): number {
  for (let at = end - 1; at >= start && at > end - ESCAPE_LENGTH; at--) {
    if (text.charCodeAt(at) !== BACKSLASH || isEscaped(text, at, start)) continue
    const length = text.charAt(at + 1) === 'u' ? ESCAPE_LENGTH : 2
    return at + length > end ? at : end
  }
  return end
}
