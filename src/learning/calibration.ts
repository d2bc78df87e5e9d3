import { type Calibration, type Curve, calibrate } from '../ranking/calibration.ts'
import { fitIsotonic } from './isotonic.ts'
import { reliabilityOf } from './reliability.ts'
import { fitCalibration } from './sigmoid.ts'

/** A title with the scores of a label that fits it and of one, drawn by chance, that does not. */
export interface ScoredTitle {
  readonly fitting: number
  readonly unfitting: number
  /** Of title and label, `en-zh`, as `languagePair` names it; undefined where one has no letters. */
  readonly languages: string | undefined
  /** The highest score among all labels, and whether that label is the title's own. */
  readonly first: { readonly score: number; readonly isRight: boolean }
}

/** How far chances can be taken at their word: the expected calibration error, 0 to 1, on titles not fitted on. */
interface CalibrationErrors {
  /** Of the curve that the base brings; absent where it has none. */
  readonly base?: number
  readonly learned: number
}

/** A calibration learned from business data, and what is to be said of it. */
export interface LearnedCalibration {
  /**
   * For the manifest: the chance that two texts fit where as many do as do not, which is what `chance` and `band` mean for
   * every model; so models that were learned here and others can be weighed together.
   */
  readonly calibration: Calibration
  /** The chance that the best of all labels is the right one. */
  readonly first: Curve | undefined
  readonly method: 'Platt' | 'isotonic'
  readonly errors: CalibrationErrors
  readonly firstErrors: CalibrationErrors | undefined
  /** What was left out and why, in sentences. */
  readonly notes: readonly string[]
}

/** Measured: the error of Platt's curve is .016 to .026 and of isotonic ones .018 to .025 from here on, below .031 to .092. */
const ISOTONIC_FROM = 2000
/** A pair of languages has a curve of its own from here on: the error is .036 there, .072 with 50 titles. */
const LEAST_TITLES = 200
/** Six digits are below any error that titles can tell. */
const DIGITS = 6

/**
 * Learns how scores become chances: one curve of all titles, and one for each pair of languages that has at least 200.
 *
 * @param titles that the model was not fitted on
 * @param base the curve of the model that it was learned from
 * @returns undefined where titles cannot tell: fewer than 50, or fitting labels score no higher than others
 */
export function learnCalibration(
  titles: readonly ScoredTitle[],
  base: Calibration | undefined,
): LearnedCalibration | undefined {
  if (titles.length < 50) return undefined
  const all = fitCurve(evenOdds(titles))
  if (!isRising(all)) return undefined
  const byLanguages = groupByLanguages(titles)
  const curves = byLanguages.flatMap(([name, some]) => {
    const curve = some.length < LEAST_TITLES ? undefined : fitCurve(evenOdds(some))
    return curve && isRising(curve) ? [[name, rounded(curve)] as const] : []
  })
  const firsts = firstAnswers(titles)
  const first = new Set(firsts.labels).size === 2 ? fitCurve(firsts) : undefined
  return {
    calibration: {
      ...rounded(all),
      ...(curves.length > 0 && { pairs: Object.fromEntries(curves) }),
      titles: {
        all: titles.length,
        ...Object.fromEntries(byLanguages.map(([name, some]) => [name, some.length])),
      },
    },
    first: first && isRising(first) ? rounded(first) : undefined,
    method: titles.length < ISOTONIC_FROM ? 'Platt' : 'isotonic',
    errors: errorsOf(evenOdds(titles), base),
    firstErrors: first && errorsOf(firsts, undefined),
    notes: notesOf(byLanguages, new Set(curves.map(([name]) => name))),
  }
}

function groupByLanguages(titles: readonly ScoredTitle[]): (readonly [name: string, ScoredTitle[]])[] {
  const known = new Map<string, ScoredTitle[]>()
  for (const title of titles) {
    if (title.languages === undefined) continue
    const some = known.get(title.languages)
    if (some) some.push(title)
    else known.set(title.languages, [title])
  }
  return [...known].sort(([one], [other]) => (one < other ? -1 : 1))
}

/** Scores with what came true. */
interface Labelled {
  readonly scores: readonly number[]
  readonly labels: readonly number[]
  /** Titles that they come from: a title may bring two. */
  readonly titles: number
}

function evenOdds(titles: readonly ScoredTitle[]): Labelled {
  return {
    scores: titles.flatMap(({ fitting, unfitting }) => [fitting, unfitting]),
    labels: titles.flatMap(() => [1, 0]),
    titles: titles.length,
  }
}

function firstAnswers(titles: readonly ScoredTitle[]): Labelled {
  return {
    scores: titles.map(({ first }) => first.score),
    labels: titles.map(({ first }) => Number(first.isRight)),
    titles: titles.length,
  }
}

function fitCurve({ scores, labels, titles }: Labelled): Curve {
  return titles < ISOTONIC_FROM ? fitCalibration(scores, labels) : fitIsotonic(scores, labels)
}

function isRising(curve: Curve): boolean {
  if ('points' in curve) return curve.points.length > 1
  return curve.slope > 0 && Number.isFinite(curve.midpoint)
}

/** Each half by the curve of the other, so that no title measures what it was fitted on. */
function errorsOf(labelled: Labelled, base: Calibration | undefined): CalibrationErrors {
  const perTitle = labelled.scores.length / labelled.titles
  const halfOf = (index: number) => Math.floor(index / perTitle) % 2
  const part = (half: number): Labelled => ({
    scores: labelled.scores.filter((_, index) => halfOf(index) === half),
    labels: labelled.labels.filter((_, index) => halfOf(index) === half),
    titles: labelled.titles,
  })
  const halves = [part(0), part(1)]
  const curves = halves.map(fitCurve)
  const chances = halves.flatMap(({ scores }, half) =>
    scores.map((score) => calibrate(score, curves[1 - half]!)),
  )
  const labels = halves.flatMap((half) => half.labels)
  const error = (values: readonly number[], of: readonly number[]) => reliabilityOf(values, of).expectedError
  return {
    ...(base && {
      base: error(
        labelled.scores.map((score) => calibrate(score, base)),
        labelled.labels,
      ),
    }),
    learned: error(chances, labels),
  }
}

function notesOf(
  byLanguages: readonly (readonly [name: string, titles: readonly ScoredTitle[]])[],
  own: ReadonlySet<string>,
): string[] {
  return byLanguages.flatMap(([name, titles]) =>
    own.has(name)
      ? []
      : [
          `Chances of ${name} go by the curve of all languages: ${titles.length} titles; expected at least ${LEAST_TITLES}.`,
        ],
  )
}

function rounded(curve: Curve): Curve {
  const round = (value: number) => Number(value.toPrecision(DIGITS))
  if (!('points' in curve)) return { midpoint: round(curve.midpoint), slope: round(curve.slope) }
  const points = curve.points.map(([score, chance]) => [round(score), round(chance)] as const)
  // Of scores that are one to six digits the last is kept: its chance is that of everything from there on.
  return { points: points.filter(([score], place) => score !== points[place + 1]?.[0]) }
}
