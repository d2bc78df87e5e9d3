import { type Manifest, vectorRevision } from '../models/catalog/manifest.ts'
import type { LearnedCalibration } from './calibration.ts'
import type { Catalogue } from './catalogue.ts'
import { decide } from './decision.ts'
import type { FairnessReport } from './fairness.ts'
import type { GuardReport } from './guards.ts'
import type { MeasuredLearning } from './measure-learning.ts'
import type { LearningReport } from './report.ts'
import type { Split } from './split.ts'
import type { LearnedSide } from './trainable.ts'

/** What a report is made of. */
interface ReportParts {
  readonly manifest: Manifest
  readonly side: LearnedSide
  readonly catalogue: Catalogue
  readonly split: Split
  readonly measured: MeasuredLearning
  readonly guards: readonly GuardReport[]
  readonly fairness: readonly FairnessReport[]
  readonly calibration: LearnedCalibration | undefined
  /** Of what the pairs are, such as clicks that teach nothing. */
  readonly dataNotes: readonly string[]
  readonly isInterrupted: boolean
}

/** Puts a report together, and decides. */
export function describeLearning(parts: ReportParts): LearningReport {
  const { manifest, side, catalogue, split, measured, guards, fairness, calibration } = parts
  const { pairs, labels } = catalogue
  const keysOf = (places: ArrayLike<number>) => new Set(Array.from(places, (place) => pairs[place]!.key)).size
  const queries = new Set(pairs.map(({ key }) => key)).size
  const validationQueries = keysOf(split.validation)
  const { lines, gains, seeds } = measured
  return {
    format: 1,
    base: { id: manifest.id, revision: vectorRevision(manifest), precision: manifest.precision },
    side,
    data: {
      pairs: pairs.length,
      repeated: catalogue.repeated,
      queries,
      labels: labels.length,
      labelsWithPairs: new Set(pairs.map(({ target }) => target)).size,
      negatives: catalogue.isWhole ? 'catalogue' : 'batch',
      sources: countBy(pairs.map(({ source }) => source)),
    },
    split: {
      by: split.by,
      fitQueries: keysOf(split.fit),
      validationQueries,
      validationWithoutPairs: measured.withoutPairs,
    },
    lines,
    gains,
    seeds,
    ...(parts.isInterrupted && { interrupted: true }),
    guards,
    fairness,
    ...(calibration && { calibration }),
    decision: decide({
      queries,
      validationQueries,
      base: lines.base.micro.mrr.mean,
      permuted: lines.permuted.micro.mrr.mean,
      micro: gains.micro,
      macro: gains.macro,
      withoutPairs: gains.withoutPairs,
      guards,
      fairness,
    }),
    notes: [...parts.dataNotes, ...notesOf(parts), ...peopleNotes(parts)],
  }
}

function peopleNotes({ fairness, calibration }: ReportParts): string[] {
  const notes: readonly (readonly [isSaid: boolean, note: string])[] = [
    [
      !fairness.some(({ kind }) => kind === 'group'),
      'Fewer than two groups have 30 queries in the column group: how groups of your own fare is not known.',
    ],
    [calibration === undefined, 'The held back queries are too few for chances: scores stay without bands.'],
  ]
  return [...notes.flatMap(([isSaid, note]) => (isSaid ? [note] : [])), ...(calibration?.notes ?? [])]
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

function notesOf({ catalogue, split, guards, isInterrupted, measured }: ReportParts): string[] {
  const { pairs, repeated, isWhole } = catalogue
  const timed = pairs.filter(({ time }) => time !== undefined).length
  const rejected = pairs.some((pair) => pair.rejected.length > 0)
  const notes: readonly (readonly [isSaid: boolean, note: string])[] = [
    [repeated > 0, `${repeated} pairs say what an earlier one says, and count once.`],
    [
      !isWhole,
      'There is no catalogue of labels: wrong answers are those of other pairs, of which a batch has 256. With --labels all labels are, which gains three times as much.',
    ],
    [
      isWhole && rejected,
      'Rejected labels count as every other label of the catalogue: all of them are wrong answers anyway.',
    ],
    [
      split.by === 'query' && timed > 0,
      `${timed} of ${pairs.length} pairs have a time; parted by query, since all have to have one to be parted by time.`,
    ],
    [
      guards.length === 0,
      'No guard was given: whether other texts, or queries of production, got worse is not known. With --guard it is.',
    ],
    [
      measured.gains.withoutPairs === undefined,
      'Each label of the queries that were held back has a pair: what becomes of labels without one is not known.',
    ],
    [isInterrupted, 'Learning was ended early; this is what it had come to.'],
  ]
  return notes.flatMap(([isSaid, note]) => (isSaid ? [note] : []))
}
