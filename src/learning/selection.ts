/** How often the members of a group are selected. */
export interface SelectionRate {
  readonly group: string
  readonly selected: number
  readonly total: number
  readonly rate: number
}

/** Selection rates by group, in the order in which the groups first occur. */
export function selectionRates(groups: readonly string[], selected: readonly boolean[]): SelectionRate[] {
  const counts = new Map<string, { selected: number; total: number }>()
  groups.forEach((group, index) => {
    const count = counts.get(group) ?? { selected: 0, total: 0 }
    count.total += 1
    count.selected += selected[index] ? 1 : 0
    counts.set(group, count)
  })
  return [...counts].map(([group, count]) => ({ group, ...count, rate: count.selected / count.total }))
}

/**
 * The lowest selection rate by the highest. Below 0.8 a selection is taken for evidence of adverse impact by the
 * four-fifths rule (Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D). 1 when nobody is selected.
 */
export function fourFifthsRatio(rates: readonly SelectionRate[]): number {
  const values = rates.map(({ rate }) => rate)
  const highest = Math.max(...values)
  return highest === 0 ? 1 : Math.min(...values) / highest
}

/** How far a candidate moves when nothing but its name changes. */
interface SwapShift {
  /** Scores with the new name less those with the old one. */
  readonly scoreChange: number
  /** Places won (above 0) or lost, all other candidates keeping their names. */
  readonly placesWon: number
}

/**
 * Gives one candidate another name and looks where it goes.
 *
 * @param scores of all candidates under the names that they have; equal scores stand in their given order
 * @param swapped the candidate's score under its new name
 */
export function shiftOf(scores: ArrayLike<number>, candidate: number, swapped: number): SwapShift {
  const old = scores[candidate]!
  return {
    scoreChange: swapped - old,
    placesWon: countAbove(scores, candidate, old) - countAbove(scores, candidate, swapped),
  }
}

function countAbove(scores: ArrayLike<number>, candidate: number, score: number): number {
  let above = 0
  for (let other = 0; other < scores.length; other++) {
    if (other === candidate) continue
    if (scores[other]! > score || (scores[other] === score && other < candidate)) above += 1
  }
  return above
}
