/** A click that hardly anybody could have made would count for a hundred others. */
const HEAVIEST = 10
/** Five clicks at the first place say as much as one hire. */
const CLICK_WEIGHT = 0.2

/**
 * The weight of a click at `position` (from 1): the inverse of how likely that place is looked at, 1 / position, clipped at 10
 * (Joachims, Swaminathan and Schnabel, 2017), times 0.2: a click is weak evidence beside a hire.
 */
export function clickWeight(position: number): number {
  return CLICK_WEIGHT * Math.min(HEAVIEST, position)
}

/** What a click was chosen over. */
interface Click {
  /** From 1. */
  readonly position: number
  /** Texts or ids in the order in which they were shown; absent where nobody logged them. */
  readonly shown: readonly string[] | undefined
}

/**
 * What stood above a click, and so was looked at and passed over ("click over skip above"; Joachims, 2002). What stood below
 * may not have been seen, and what was not shown was not: neither is ever a wrong answer. Nothing where it was not logged.
 */
export function skippedAbove({ position, shown }: Click): string[] {
  return shown?.slice(0, position - 1) ?? []
}

/**
 * Says what is wrong with the list that was shown, to follow the name of the field; undefined for a right one.
 *
 * @param chosen the text or id that was clicked
 */
export function shownProblem({ position, shown }: Click, chosen: string): string | undefined {
  if (!Number.isInteger(position)) return `is ${position}; expected a whole number, 1 being the first place`
  if (!shown || shown.length === 0) return undefined
  if (position > shown.length)
    return `is ${position}, and shown has ${shown.length} entries; expected the place of what was clicked among them`
  const found = shown[position - 1]!
  if (found === chosen || !shown.includes(chosen)) return undefined
  return `is ${position}, where shown has ${JSON.stringify(cut(found))}; what was clicked stands at ${shown.indexOf(chosen) + 1}`
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
