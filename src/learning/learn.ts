import { type Context, throwIfDone } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Matrix } from '../vector/matrix.ts'
import type { BaseModel } from './base-model.ts'
import { type Catalogue, type LearningLabel, placePairs, type RowPlace } from './catalogue.ts'
import { describeData } from './data-notes.ts'
import { describeLearning } from './describe-learning.ts'
import { type FitProgress, fitSeeds, type LearningSteps } from './fit-seeds.ts'
import { type Guard, type GuardReport, readyGuard } from './guards.ts'
import { labelledRows, pickPairs } from './labelled-rows.ts'
import { measureCalibration } from './measure-calibration.ts'
import { measureFairness, readyNames } from './measure-fairness.ts'
import { measureLearning } from './measure-learning.ts'
import type { LearningPair } from './pairs.ts'
import { openProducts } from './products.ts'
import { createRandom } from './random.ts'
import type { LearningReport } from './report.ts'
import { siftClicks } from './sift-clicks.ts'
import { splitPairs } from './split.ts'
import { expandTable, quantizeTable } from './static-model.ts'
import { createTextLists, type LearnedSide, meanWeight, openTrainable } from './trainable.ts'

/** What is to be learned from. */
export interface LearnRequest {
  readonly pairs: readonly LearningPair[]
  /** Names the row of a pair in errors: `pairs.csv:12`. */
  readonly placeOf: RowPlace
  /** The whole catalogue of labels; empty where there is none: then pairs of a batch are each other's wrong answers. */
  readonly labels: readonly LearningLabel[]
  /** The table of a static model when absent, else a map of queries. */
  readonly side?: LearnedSide | undefined
  readonly guards: readonly Guard[]
  /** Orders of the pairs that are fitted; what ships is the mean of what they come to. 1, 2 and 3 when absent. */
  readonly seeds?: readonly number[]
}

/** What learning is done with. */
interface LearnParts {
  readonly model: BaseModel
  readonly context: Context
  /** Ends the fitting early; what is best so far is measured and answered. */
  readonly stop?: AbortSignal
  readonly steps?: LearningSteps
  readonly onFit?: (progress: FitProgress) => void
}

/** What came of it. */
export interface LearnOutcome {
  readonly report: LearningReport
  readonly side: LearnedSide
  /** Rows of the table for `tokens`, or a map `[d, d]`: a vector v becomes v · weight. */
  readonly weight: Matrix
  /** Of a table: the token of each row of the weight, ascending; other rows stay as they are. */
  readonly tokens: Int32Array | undefined
}

const SEEDS = [1, 2, 3]
/** Fewer leave nothing to measure with, or nothing to learn from. */
const LEAST_QUERIES = 10
const SPLIT_SEED = 2026

/**
 * Learns from pairs: parts them, fits once for each seed, takes the mean, measures it on the queries that were held back,
 * and decides. The same request gives the same report.
 *
 * @throws AppError `invalid_request` for pairs that name no label or are hardly any; `deadline_exceeded` when the context
 * ends, what was through being kept by `steps`; what the model throws
 */
export async function learn(request: LearnRequest, parts: LearnParts): Promise<LearnOutcome> {
  const catalogue = placePairs(request.pairs, request.labels, request.placeOf)
  requirePairs(catalogue)
  const drawn = splitPairs(catalogue.pairs, createRandom(SPLIT_SEED))
  const lists = createTextLists()
  lists.begin(catalogue.labels)
  const queries = lists.queries(catalogue.pairs.map(({ query }) => query))
  const rows = labelledRows(catalogue, queries)
  const { split, notes } = siftClicks(drawn, catalogue.pairs, rows.contrasts)
  const named = readyNames(catalogue, split, lists)
  const guards = request.guards.map((guard) => readyGuard(guard, request.labels, catalogue, lists))
  const products = await openProducts()
  try {
    const trainable = await openTrainable(parts.model, lists.texts(), request.side, products)
    throwIfDone(parts.context)
    const stop = parts.stop ?? new AbortController().signal
    const seeds = await fitSeeds(
      trainable,
      {
        pairs: pickPairs(rows, split.fit),
        validation: pickPairs(rows, split.validation),
        labelCount: catalogue.labels.length,
        inBatch: !catalogue.isWhole,
      },
      request.seeds ?? SEEDS,
      { products, stop, steps: parts.steps, onFit: parts.onFit ?? (() => undefined) },
      parts.context,
    )
    const mean = meanWeight(seeds.map((seed) => seed.weight))
    // A table is written in bytes: what ships is what is measured.
    const weight = trainable.side === 'table' ? expandTable(quantizeTable(mean)) : mean
    const students = [trainable.student(trainable.start()), trainable.student(weight)] as const
    const held = { catalogue, split, rows, products }
    const measured = await measureLearning(
      held,
      students,
      seeds.map((seed) => ({ ...seed, student: trainable.student(seed.weight) })),
    )
    const learnedFrom = new Set(Array.from(split.fit, (place) => rows.targets[place]!))
    const guarded = { base: students[0], learned: students[1], products }
    const watched: GuardReport[] = []
    for (const guard of guards)
      watched.push(await guard.measure(guarded, learnedFrom, createRandom(SPLIT_SEED)))
    const report = describeLearning({
      manifest: parts.model.manifest,
      side: trainable.side,
      catalogue,
      split,
      measured,
      guards: watched,
      fairness: await measureFairness(held, students, named),
      calibration: await measureCalibration(held, students[1], parts.model.manifest.calibration),
      dataNotes: [...describeData(catalogue), ...notes],
      isInterrupted: stop.aborted,
    })
    return { report, side: trainable.side, weight, tokens: trainable.tokens }
  } finally {
    await products.close()
  }
}

function requirePairs({ pairs, labels }: Catalogue): void {
  const queries = new Set(pairs.map(({ key }) => key)).size
  if (queries >= LEAST_QUERIES && labels.length > 1) return
  throw new AppError(
    'invalid_request',
    `There are ${queries} distinct queries and ${labels.length} labels; expected at least 200 queries, of which a fifth validates, and 2 labels; collect more pairs.`,
    { details: { field: 'pairs' } },
  )
}
