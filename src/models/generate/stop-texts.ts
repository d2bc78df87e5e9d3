/** Text of an answer that may be given on. */
interface Passed {
  readonly text: string
  /** Whether a stop text has come: what follows is no part of the answer. */
  readonly stopped: boolean
}

/** Looks for stop texts in an answer that comes in pieces. */
export interface StopFilter {
  /** Takes a piece; what may be the beginning of a stop text is held back. */
  pass(text: string): Passed
  /** What was held back and turned out to be text. */
  rest(): string
}

/**
 * @param stop texts that end an answer; empty ones count for nothing
 */
export function createStopFilter(stop: readonly string[] = []): StopFilter {
  const texts = stop.filter((text) => text !== '')
  const longest = Math.max(0, ...texts.map(({ length }) => length))
  let held = ''
  return {
    pass(text) {
      if (longest === 0) return { text, stopped: false }
      held += text
      const found = texts.map((one) => held.indexOf(one)).filter((at) => at >= 0)
      if (found.length > 0) {
        const passed = held.slice(0, Math.min(...found))
        held = ''
        return { text: passed, stopped: true }
      }
      const from = beginningOf(held, texts, longest)
      const passed = held.slice(0, from)
      held = held.slice(from)
      return { text: passed, stopped: false }
    },
    rest: () => held,
  }
}

/** Where the longest end of a text begins that a stop text may begin with. */
function beginningOf(text: string, stop: readonly string[], longest: number): number {
  for (let from = Math.max(0, text.length - longest + 1); from < text.length; from++) {
    const end = text.slice(from)
    if (stop.some((one) => one.startsWith(end))) return from
  }
  return text.length
}
