import type { Matrix } from '../../src/vector/matrix.ts'
import { createRandom, type Random, shuffle } from '../random.ts'
import { type AdamOptions, createSparseAdam, type SparseAdam } from './adam.ts'
import { backpropagate, embedBags, type TokenIds } from './bags.ts'
import { cosineRegression, inBatchNegatives, type Loss } from './losses.ts'

/** Two texts that mean the same. Pairs of one group, such as an occupation, are no negatives of one another. */
export interface TextPair {
  readonly left: TokenIds
  readonly right: TokenIds
  /** -1 when every other pair of the batch is a negative. */
  readonly group: number
}

/** Two texts with the cosine that they should have. */
export interface ScoredPair {
  readonly left: TokenIds
  readonly right: TokenIds
  readonly score: number
}

/** Pairs to tell apart from the rest of their batch. */
export interface PairTask {
  readonly kind: 'pairs'
  readonly name: string
  readonly batchSize: number
  /** The pairs of one epoch, in the order in which they are cut into batches. */
  sample(random: Random): TextPair[]
}

/** Pairs whose cosines are known. */
export interface ScoredTask {
  readonly kind: 'scored'
  readonly name: string
  readonly batchSize: number
  readonly weight: number
  /** The pairs of one epoch, in the order in which they are cut into batches. */
  sample(random: Random): ScoredPair[]
}

/** Something to learn from; each batch belongs to one task, so that its negatives are alike. */
export type TrainingTask = PairTask | ScoredTask

/** How to train. */
export interface TrainingOptions {
  readonly epochs: number
  /** At the first batch; it falls linearly to `finalLearningRate` at the last one. */
  readonly learningRate: number
  readonly finalLearningRate: number
  /** Cosines are multiplied by it before the softmax. */
  readonly scale: number
  /** Chance that a token is left out of its text. */
  readonly dropout: number
  readonly seed: number
  readonly adam?: AdamOptions
}

/** What one epoch did. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number
  readonly batches: number
  /** Mean loss of the batches of each task. */
  readonly losses: Readonly<Record<string, number>>
}

interface Batch {
  readonly task: string
  readonly texts: TokenIds[]
  readonly loss: Loss
}

/**
 * Trains the rows of a static model in place. Single-threaded, and every number comes from the seed: the same
 * input gives the same bytes.
 */
export async function trainContrastive(
  table: Matrix,
  tasks: readonly TrainingTask[],
  options: TrainingOptions,
  onEpoch: (report: EpochReport) => Promise<void> | void,
): Promise<void> {
  const random = createRandom(options.seed)
  const optimizer = createSparseAdam(table, options.adam)
  let progress = 0
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const batches = shuffle(
      tasks.flatMap((task) => planTask(task, options, random)),
      random,
    )
    const totals = new Map<string, { loss: number; batches: number }>()
    for (const batch of batches) {
      const rate = options.learningRate + (options.finalLearningRate - options.learningRate) * progress
      const total = totals.get(batch.task) ?? { loss: 0, batches: 0 }
      total.loss += trainBatch(table, batch, optimizer, rate, options.dropout, random)
      total.batches += 1
      totals.set(batch.task, total)
      progress += 1 / (options.epochs * batches.length)
    }
    const losses = Object.fromEntries([...totals].map(([name, total]) => [name, total.loss / total.batches]))
    await onEpoch({ epoch, batches: batches.length, losses })
  }
}

function planTask(task: TrainingTask, options: TrainingOptions, random: Random): Batch[] {
  if (task.kind === 'scored') {
    return cut(task.sample(random), task.batchSize).map((pairs) => ({
      task: task.name,
      texts: bothSides(pairs),
      loss: cosineRegression(
        Float64Array.from(pairs, (pair) => pair.score),
        task.weight,
      ),
    }))
  }
  return cut(task.sample(random), task.batchSize).map((pairs) => ({
    task: task.name,
    texts: bothSides(pairs),
    loss: inBatchNegatives(
      Int32Array.from(pairs, (pair) => pair.group),
      options.scale,
    ),
  }))
}

function cut<T>(items: readonly T[], size: number): T[][] {
  const batches: T[][] = []
  for (let start = 0; start < items.length; start += size) batches.push(items.slice(start, start + size))
  return batches
}

function bothSides(pairs: readonly { readonly left: TokenIds; readonly right: TokenIds }[]): TokenIds[] {
  return [...pairs.map((pair) => pair.left), ...pairs.map((pair) => pair.right)]
}

function trainBatch(
  table: Matrix,
  batch: Batch,
  optimizer: SparseAdam,
  learningRate: number,
  dropout: number,
  random: Random,
): number {
  const bags = embedBags(table, batch.texts, dropout, random)
  const unitGradients = new Float64Array(bags.units.length)
  const loss = batch.loss(bags.units, unitGradients, batch.texts.length / 2, table.columns)
  const { rows, gradients, count } = backpropagate(bags, unitGradients, table)
  optimizer.step(rows, gradients, count, learningRate)
  return loss
}
