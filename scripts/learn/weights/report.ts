import type { LearnedWeights } from '../../../src/learning/sub-score-weights.ts'
import { AFTER_FIRST, formatTable } from '../../console/table.ts'

/** What was learned about measures, by their names; numbers alone, no text of the data. */
export interface WeightsPart extends LearnedWeights {
  readonly names: readonly string[]
}

/** What `weights.json` holds. */
export interface WeightsReport {
  readonly format: 1
  readonly queries: number
  readonly candidates: number
  readonly sections?: WeightsPart
  readonly models?: WeightsPart
  /** To be put into the body of `POST /match`. */
  readonly match: Readonly<Record<string, unknown>>
}

/** Two digits are finer than any interval. */
const round = (weight: number): number => Math.round(weight * 100) / 100

/** The fields of a request that ask for these weights. */
export function matchFields(
  sections: WeightsPart | undefined,
  models: WeightsPart | undefined,
  onlyModel: string,
): Record<string, unknown> {
  return {
    ...(sections && {
      weights: Object.fromEntries(
        sections.names.map((name, place) => [name, round(sections.weights[place]!)]),
      ),
    }),
    model: models
      ? {
          ensemble: models.names.map((model, place) => ({ model, weight: round(models.weights[place]!) })),
          fusion: 'weighted',
        }
      : onlyModel,
  }
}

/** The report as lines of text. */
export function describeWeights(report: WeightsReport): string {
  const parts = [
    ...(report.sections ? [describePart('section', report.sections)] : []),
    ...(report.models ? [describePart('model', report.models)] : []),
  ]
  return [
    `${report.queries} queries, ${report.candidates} candidates; MRR among the nearest 200`,
    ...parts,
    'For the body of POST /match, or --weights of npm run match:',
    JSON.stringify(report.match, null, 2),
  ].join('\n\n')
}

function describePart(what: string, { names, alone, equal, gain, learned, isLearned }: WeightsPart): string {
  const rows = names.map((name, place) => [name, alone[place]!.toFixed(4), learned[place]!.toFixed(2)])
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
  return [
    formatTable([[what, 'alone', 'learned weight'], ...rows], AFTER_FIRST),
    '',
    `equal weights ${equal.toFixed(4)}, learned ones ${signed(gain.mean)} [${signed(gain.low)}, ${signed(gain.high)}] on queries they were not learned from`,
    isLearned
      ? 'Learned weights are better: the whole interval lies above 0.'
      : 'Equal weights stay: the interval does not lie above 0.',
  ].join('\n')
}
