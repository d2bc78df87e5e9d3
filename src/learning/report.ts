import type { Interval } from './bootstrap.ts'
import type { LearnedCalibration } from './calibration.ts'
import type { Decision } from './decision.ts'
import type { FairnessReport } from './fairness.ts'
import type { GuardReport } from './guards.ts'
import type { LearnedSide } from './trainable.ts'

/** Mean reciprocal rank and recall at 10, each with its 95 % interval. */
interface RankingMeasures {
  readonly mrr: Interval
  readonly recall10: Interval
}

/** How well queries that were not learned from find their labels. */
export interface ReportLine {
  /** Each pair counting once. */
  readonly micro: RankingMeasures
  /** Each label counting once. */
  readonly macro: RankingMeasures
  /** Queries whose label has no pair among those that were learned from; absent where there are none. */
  readonly withoutPairs?: RankingMeasures
}

/** What one order of the pairs came to. */
export interface SeedReport {
  readonly seed: number
  /** The epoch that was kept, 0 where none was better than the base. */
  readonly epoch: number
  /** Differences to the base in MRR. */
  readonly micro: number
  readonly macro: number
  readonly withoutPairs?: number
}

/**
 * What came of learning, as `report.json` has it: numbers and names alone, no text of the data. Fields that are optional
 * are there where the data has what they need.
 */
export interface LearningReport {
  readonly format: 1
  readonly base: { readonly id: string; readonly revision: string; readonly precision: string }
  readonly side: LearnedSide
  readonly data: {
    readonly pairs: number
    /** Pairs that said what an earlier one says. */
    readonly repeated: number
    readonly queries: number
    readonly labels: number
    readonly labelsWithPairs: number
    /** Whether wrong answers were all other labels of a catalogue, or those of the same batch. */
    readonly negatives: 'catalogue' | 'batch'
    readonly sources: Readonly<Record<string, number>>
  }
  readonly split: {
    readonly by: 'time' | 'query'
    readonly fitQueries: number
    readonly validationQueries: number
    readonly validationWithoutPairs: number
  }
  readonly lines: {
    readonly base: ReportLine
    readonly learned: ReportLine
    /** The base with what is common added to the score of each label: a gain that is no better understanding. */
    readonly popularity: ReportLine
    /** The base where labels are dealt out at random. */
    readonly permuted: ReportLine
  }
  readonly gains: {
    readonly micro: Interval
    readonly macro: Interval
    readonly withoutPairs?: Interval
    readonly recall10: Interval
    /** Of popularity alone, in MRR over pairs. */
    readonly popularity: Interval
  }
  readonly seeds: readonly SeedReport[]
  /** Set when learning was ended before all seeds were through. */
  readonly interrupted?: true
  readonly guards: readonly GuardReport[]
  /** How groups of people fare, by column `group`, language and name; those that two groups of 30 queries have. */
  readonly fairness: readonly FairnessReport[]
  /** How scores become chances; absent where the held back queries cannot tell. */
  readonly calibration?: LearnedCalibration
  readonly decision: Decision
  /** What is to be known besides, a sentence each. */
  readonly notes: readonly string[]
}
