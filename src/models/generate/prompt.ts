/** One message of a conversation. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  /** The text, as the caller sent it. */
  readonly content: string
}

/** A part of a prompt. */
export interface Segment {
  readonly text: string
  /**
   * Whether it is exactly one special piece of the vocabulary. All other text is tokenized so that no special piece
   * can come of it, whatever a caller wrote.
   */
  readonly special: boolean
}

/** Text as segments: each of the special pieces in it on its own, the longest where several begin. */
export function splitSpecial(text: string, special: readonly string[]): Segment[] {
  const here = special.filter((piece) => piece !== '' && text.includes(piece))
  if (here.length === 0) return text === '' ? [] : [{ text, special: false }]
  const longestFirst = [...here].sort((one, other) => other.length - one.length).map(escapePattern)
  const parts = text.split(new RegExp(`(${longestFirst.join('|')})`))
  // A pattern in brackets puts what it found at the odd places.
  return parts
    .map((part, place) => ({ text: part, special: place % 2 === 1 }))
    .filter(({ text: part }) => part)
}

const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The same segments with neighbours of plain text made one, so that they are tokenized as one text. */
export function joinPlain(segments: readonly Segment[]): Segment[] {
  const joined: Segment[] = []
  for (const segment of segments) {
    if (segment.text === '') continue
    const last = joined.at(-1)
    if (last && !last.special && !segment.special) {
      joined[joined.length - 1] = { text: last.text + segment.text, special: false }
    } else joined.push(segment)
  }
  return joined
}
