/** A part of a text: `text.slice(start, end)`, in UTF-16 code units as JavaScript counts. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Ends of sentences that the segmenter does not know: line breaks, bullets, semicolons of either script. */
const BREAKS = /[\n\r\u2028\u2029•●▪◦·；;]+/g

/**
 * The sentences of a text, in order, without white space at either end; none is empty and none splits a character,
 * an emoji or a letter from its marks. Works without knowing the language: Unicode's rules (UAX 29) know Chinese
 * full stops too. Lists and lines count as sentences, because resumes are made of them.
 */
export function splitSentences(text: string): Span[] {
  const spans: Span[] = []
  const segmenter = new Intl.Segmenter('und', { granularity: 'sentence' })
  for (const { segment, index } of segmenter.segment(text)) {
    let start = index
    for (const found of segment.matchAll(BREAKS)) {
      push(spans, text, start, index + found.index)
      start = index + found.index + found[0].length
    }
    push(spans, text, start, index + segment.length)
  }
  return spans
}

function push(spans: Span[], text: string, start: number, end: number): void {
  const part = text.slice(start, end)
  const trimmed = part.trim()
  if (trimmed === '') return
  const from = start + part.indexOf(trimmed)
  spans.push({ start: from, end: from + trimmed.length })
}
