import type { Span } from './token-spans.ts'

/**
 * Brings spans of a text's lower case back to the text itself: some letters are longer or shorter in lower case (İ, K),
 * and what comes of one letter covers all of it.
 */
export function spansInText(text: string, lowered: string): (span: Span) => Span {
  if (text === lowered) return (span) => span
  /** By byte of the lower case: the bytes of the letter that it comes from. */
  const starts: number[] = []
  const stops: number[] = []
  let offset = 0
  for (const letter of text) {
    const stop = offset + Buffer.byteLength(letter)
    // Σ becomes ς at the end of a word, of as many bytes.
    const bytes = Buffer.byteLength(letter.toLowerCase())
    for (let index = 0; index < bytes; index++) {
      starts.push(offset)
      stops.push(stop)
    }
    offset = stop
  }
  return ({ start, stop }) => ({
    start: starts[start] ?? offset,
    stop: stop > start ? stops[stop - 1]! : (starts[start] ?? offset),
  })
}
