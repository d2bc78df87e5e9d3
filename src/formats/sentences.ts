/** A part of a text: `text.slice(start, end)`, in UTF-16 code units as JavaScript counts. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Ends of sentences that the segmenter does not know: line breaks, bullets, semicolons of either script. */
const BREAKS = /[\n\r\u2028\u2029•●▪◦·；;]+/g
/**
 * `Intl.Segmenter` takes time that grows with the square of the text: 140,000 characters of prose took 5.5 s. It is
 * given pieces of this many.
 */
const PIECE = 2000
/** Where a piece may end, the best place first: behind a sentence, between words, between two plain characters. */
const PLACES = [/[.!?。！？]["'”’)]?\s/gu, /\s/gu, /[A-Za-z0-9\p{Script=Han}](?=[A-Za-z0-9\p{Script=Han}])/gu]

/**
 * The sentences of a text, in order, without white space at either end; none is empty and none splits a character,
 * an emoji or a letter from its marks. Works without knowing the language: Unicode's rules (UAX 29) know Chinese
 * full stops too. Lists and lines count as sentences, because resumes are made of them; a sentence of more than 2,000
 * characters is cut. Takes time in proportion to what is read.
 *
 * @param most sentences after which the rest is not read
 */
export function splitSentences(text: string, most = Number.POSITIVE_INFINITY): Span[] {
  const spans: Span[] = []
  const segmenter = new Intl.Segmenter('und', { granularity: 'sentence' })
  for (const { start, end } of piecesOf(text)) {
    if (text.slice(start, end).trim() === '') continue
    for (const { segment, index } of segmenter.segment(text.slice(start, end))) {
      push(spans, text, start + index, start + index + segment.length)
      if (spans.length >= most) return spans
    }
  }
  return spans
}

/** Lines and parts of lines of at most some 2,000 characters. */
function* piecesOf(text: string): Generator<Span> {
  let start = 0
  for (const found of text.matchAll(BREAKS)) {
    yield* cutLine(text, start, found.index)
    start = found.index + found[0].length
  }
  yield* cutLine(text, start, text.length)
}

function* cutLine(text: string, from: number, end: number): Generator<Span> {
  let start = from
  while (end - start > PIECE) {
    const next = start + placeIn(text.slice(start, start + PIECE))
    yield { start, end: next }
    start = next
  }
  if (end > start) yield { start, end }
}

/** Where to cut a piece that is followed by more of its line. */
function placeIn(piece: string): number {
  for (const place of PLACES) {
    const last = [...piece.matchAll(place)].at(-1)
    if (last && last.index > 0) return last.index + last[0].length
  }
  // Nothing but emoji or marks: cut between them as a reader sees them, but before the last, which may go on.
  const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(piece)
  return graphemes.containing(piece.length - 1)!.index || piece.length
}

function push(spans: Span[], text: string, start: number, end: number): void {
  const part = text.slice(start, end)
  const trimmed = part.trim()
  if (trimmed === '') return
  const from = start + part.indexOf(trimmed)
  spans.push({ start: from, end: from + trimmed.length })
}
