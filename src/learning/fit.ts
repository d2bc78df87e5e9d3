import type { Matrix } from '../vector/matrix.ts'
import { type LabelledRows, pickPairs } from './labelled-rows.ts'
import type { Products } from './products.ts'
import { type Random, shuffle } from './random.ts'
import { macroMean, placesOf, reciprocals } from './ranking-scores.ts'
import { adjustedSoftmax } from './softmax.ts'

import type { Student } from './student.ts'

/** How a student is fitted. */
interface FitOptions {
  /** Every label of the catalogue; with `inBatch` only those of a batch are each other's negatives. */
  readonly labelCount: number
  readonly inBatch: boolean
  readonly mostEpochs: number
  /** Epochs without a better score after which it ends. */
  readonly patience: number
  /** Orders the pairs anew for each epoch: the same for the same seed. */
  readonly random: Pick<Random, 'below'>
  /** Ends the fitting after the batch that runs; the best epoch so far counts. */
  readonly signal: AbortSignal
  /** Told after each epoch, 0 being before the first. */
  readonly onEpoch: (report: EpochReport) => void
}

/** What an epoch came to. */
export interface EpochReport {
  readonly epoch: number
  readonly loss: number
  /** Mean reciprocal rank on the validation pairs, each label counting once. */
  readonly macro: number
  readonly isBest: boolean
}

const BATCH = 256
const SCALE = 20
/** A later epoch has to be better by more than this: less is rounding. */
const LEAST_STEP = 1e-6

/**
 * Fits a student to pairs, and leaves it as it was after the epoch with the best macro MRR on the validation pairs: the
 * untouched model counts as one, so that nothing is kept that did not help.
 *
 * @param priors by label: the logarithm of its share of the training pairs
 * @returns the epoch that was kept, 0 where none was better than the untouched model
 */
export async function fitStudent(
  student: Student,
  pairs: LabelledRows,
  validation: LabelledRows,
  priors: Float64Array,
  products: Products,
  options: FitOptions,
): Promise<number> {
  const everyLabel = Int32Array.from({ length: options.labelCount }, (_, label) => label)
  const order = Int32Array.from(pairs.queries, (_, index) => index)
  const measure = async () => macroMrr(student, everyLabel, validation, products)
  let [best, bestEpoch] = [await measure(), 0]
  student.keep()
  options.onEpoch({ epoch: 0, loss: Number.NaN, macro: best, isBest: true })
  for (let epoch = 1; epoch <= options.mostEpochs && epoch - bestEpoch <= options.patience; epoch++) {
    shuffle(order, options.random)
    let [loss, batches] = [0, 0]
    for (let start = 0; start < order.length && !options.signal.aborted; start += BATCH) {
      const rows = order.subarray(start, start + BATCH)
      loss += await stepBatch(
        student,
        pickPairs(pairs, rows),
        priors,
        products,
        options.inBatch ? undefined : everyLabel,
      )
      batches += 1
    }
    if (options.signal.aborted) break
    const macro = await measure()
    const isBest = macro > best + LEAST_STEP
    if (isBest) {
      ;[best, bestEpoch] = [macro, epoch]
      student.keep()
    }
    options.onEpoch({ epoch, loss: loss / batches, macro, isBest })
  }
  student.restore()
  return bestEpoch
}

async function stepBatch(
  student: Student,
  batch: LabelledRows,
  priors: Float64Array,
  products: Products,
  everyLabel: Int32Array | undefined,
): Promise<number> {
  const labelRows = everyLabel ?? Int32Array.from(new Set(labelsOf(batch)))
  const places = new Map(Array.from(labelRows, (label, place) => [label, place]))
  const placesOfAll = (labels: Int32Array) =>
    Int32Array.from(Array.from(labels).flatMap((label) => places.get(label) ?? []))
  const queries = await student.queries(batch.queries)
  const labels = await student.labels(labelRows)
  const slope = await adjustedSoftmax(
    {
      queries,
      labels,
      targets: placesOfAll(batch.targets),
      weights: batch.weights,
      priors: Float64Array.from(labelRows, (label) => priors[label]!),
      siblings: batch.siblings.map(placesOfAll),
      contrasts: batch.contrasts.map((labels) => labels && placesOfAll(labels)),
    },
    SCALE,
    products,
  )
  await student.step(slope.queries, slope.labels)
  return slope.loss
}

/** Labels that a batch looks among where there is no catalogue. */
function labelsOf({ targets, rejected, contrasts }: LabelledRows): number[] {
  return [...targets, ...rejected.flat(), ...contrasts.flatMap((labels) => Array.from(labels ?? []))]
}

async function macroMrr(
  student: Student,
  everyLabel: Int32Array,
  validation: LabelledRows,
  products: Products,
): Promise<number> {
  const vectors: Matrix = await student.queries(validation.queries)
  const places = await placesOf(vectors, await student.labels(everyLabel), validation, products)
  return macroMean(reciprocals(places), validation.targets)
}

/**
 * By label: the logarithm of its share of the pairs, every label having one more than it has, so that one without a pair
 * can be learnt about too.
 */
export function logPriors(targets: ArrayLike<number>, labelCount: number): Float64Array {
  const counts = new Float64Array(labelCount).fill(1)
  for (let index = 0; index < targets.length; index++) counts[targets[index]!]! += 1
  const total = targets.length + labelCount
  return counts.map((count) => Math.log(count / total))
}
