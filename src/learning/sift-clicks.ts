import type { PlacedPair } from './catalogue.ts'
import type { Split } from './split.ts'

/** Pairs that teach and pairs that judge, and what is to be said of the clicks that do neither. */
interface SiftedSplit {
  readonly split: Split
  readonly notes: readonly string[]
}

/** As many as have to validate; see decision.ts. */
const LEAST_SURE_QUERIES = 50

/**
 * Takes clicks out where they say nothing. A click above which nothing was passed over, or known to be, teaches nothing: what
 * nobody saw is no wrong answer. And clicks do not judge where 50 surer queries can, for they follow what was shown first.
 *
 * @param contrasts by pair: the labels that a click was chosen over; undefined for what is told apart from all labels
 */
export function siftClicks(
  split: Split,
  pairs: readonly Pick<PlacedPair, 'key' | 'source'>[],
  contrasts: readonly (Int32Array | undefined)[],
): SiftedSplit {
  const fit = split.fit.filter((place) => contrasts[place]?.length !== 0)
  const isSure = (place: number) => pairs[place]!.source !== 'click'
  const sure = split.validation.filter(isSure)
  const sureQueries = new Set(Array.from(sure, (place) => pairs[place]!.key)).size
  const validation = sureQueries >= LEAST_SURE_QUERIES ? sure : split.validation
  const mute = split.fit.length - fit.length
  const left = split.validation.length - validation.length
  const judging = validation.length - sure.length
  const notes: readonly (readonly [count: number, note: string])[] = [
    [
      mute,
      `${mute} clicks teach nothing: nothing is known to have been passed over for them. Log position and shown, the list in its order.`,
    ],
    [left, `${left} clicks were held back and do not judge: surer pairs do.`],
    [
      judging,
      `${judging} of ${validation.length} pairs that judge are clicks, which follow what was shown first and so favour the model that showed it; log interviews and hires.`,
    ],
  ]
  return {
    split: { ...split, fit, validation },
    notes: notes.flatMap(([count, note]) => (count > 0 ? [note] : [])),
  }
}
