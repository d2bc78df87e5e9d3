import { isRecord } from '../is-record.ts'

/** A passage of a text, in UTF-16 units, with the number it is marked with. */
export interface Passage {
  readonly start: number
  readonly end: number
  readonly mark: number
}

/** A piece of a text, and the mark of the passage that it belongs to. */
interface Segment {
  readonly text: string
  readonly mark?: number
}

/**
 * Cuts a text at its passages. The pieces joined are the text; where passages overlap the one that was given first has
 * the piece; what lies outside of the text is left out.
 */
export function segmentsOf(text: string, passages: readonly Passage[]): Segment[] {
  const inside = passages
    .map(({ start, end, mark }) => ({ start: Math.max(0, start), end: Math.min(text.length, end), mark }))
    .filter(({ start, end }) => start < end)
  const cuts = [...new Set([0, text.length, ...inside.flatMap(({ start, end }) => [start, end])])]
  cuts.sort((one, other) => one - other)
  const segments: Segment[] = []
  cuts.slice(1).forEach((end, index) => {
    const start = cuts[index]!
    const mark = inside.find((passage) => passage.start <= start && passage.end >= end)?.mark
    const last = segments.at(-1)
    if (last && last.mark === mark)
      segments[segments.length - 1] = { ...last, text: last.text + text.slice(start, end) }
    else segments.push({ text: text.slice(start, end), ...(mark !== undefined && { mark }) })
  })
  return segments
}

/** The texts and numbers of a value, each with its path as explanations write it: `text`, `skills[2]`, `experience[0].title`. */
export function leavesOf(value: unknown, path: string): [path: string, text: string][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, `${path}[${index}]`))
  if (isRecord(value)) {
    return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, `${path}.${name}`))
  }
  return value === null || value === undefined ? [] : [[path, String(value)]]
}
