import { type AdamOptions, createSparseAdam, type SparseAdam } from '../../src/learning/adam.ts'
import { backpropagate, embedBags, type TokenIds } from '../../src/learning/bags.ts'
import { openProducts, type Products } from '../../src/learning/products.ts'
import { createRandom, type Random, shuffle } from '../../src/learning/random.ts'
import { createTurns } from '../../src/turns.ts'
import type { Matrix } from '../../src/vector/matrix.ts'
import { amongLabels, cosineRegression, inBatchNegatives, type Loss, likeTargets, towards } from './losses.ts'

/** Two texts that mean the same. Pairs of one group, such as an occupation, are no negatives of one another. */
export interface TextPair {
  readonly left: TokenIds
  readonly right: TokenIds
  /** -1 when every other pair of the batch is a negative. */
  readonly group: number
}

/** Two texts with the cosine that they should have. */
interface ScoredPair {
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
interface ScoredTask {
  readonly kind: 'scored'
  readonly name: string
  readonly batchSize: number
  readonly weight: number
  /** The pairs of one epoch, in the order in which they are cut into batches. */
  sample(random: Random): ScoredPair[]
}

/** Texts to find the label of among all labels. */
interface LabelledTask {
  readonly kind: 'labelled'
  readonly name: string
  readonly batchSize: number
  readonly labels: readonly TokenIds[]
  /** The texts of one epoch with the places of their labels, in the order in which they are cut into batches. */
  sample(random: Random): { readonly text: TokenIds; readonly label: number }[]
}

/** Texts with the unit vectors that a teacher gives them. */
interface TaughtTask {
  readonly kind: 'taught'
  readonly name: string
  readonly batchSize: number
  readonly weight: number
  /** The texts of one epoch, in the order in which they are cut into batches. */
  sample(random: Random): { readonly text: TokenIds; readonly target: Float32Array }[]
}

/** Texts that should be as near to one another as their targets are, whatever their own directions. */
interface AlikeTask {
  readonly kind: 'alike'
  readonly name: string
  readonly batchSize: number
  readonly weight: number
  /** The texts of one epoch, in the order in which they are cut into batches. */
  sample(random: Random): { readonly text: TokenIds; readonly target: Float32Array }[]
}

/** Something to learn from; each batch belongs to one task, so that its negatives are alike. */
export type TrainingTask = PairTask | ScoredTask | LabelledTask | TaughtTask | AlikeTask

/** How to train. */
interface TrainingOptions {
  readonly epochs: number
  /** At the first batch; it falls linearly to `finalLearningRate` at the last one. */
  readonly learningRate: number
  readonly finalLearningRate: number
  /** Cosines are multiplied by it before the softmax. */
  readonly scale: number
  readonly seed: number
  readonly adam?: AdamOptions
  /** Ends the training after the batch that runs; what was trained until then stays. */
  readonly signal?: AbortSignal
  /** Told how much of the training is done, 0 to 1. */
  readonly onBatch?: (share: number) => void
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
  readonly texts: readonly TokenIds[]
  readonly loss: Loss
}

/**
 * Trains the rows of a static model in place. In one thread, and every number comes from the seed: the same input
 * gives the same bytes on the same processor.
 */
export async function trainContrastive(
  table: Matrix,
  tasks: readonly TrainingTask[],
  options: TrainingOptions,
  onEpoch: (report: EpochReport) => Promise<void> | void,
): Promise<void> {
  const random = createRandom(options.seed)
  const optimizer = createSparseAdam(table, options.adam)
  const products = await openProducts()
  const isStopped = () => options.signal?.aborted === true
  const turns = createTurns()
  let progress = 0
  for (let epoch = 1; epoch <= options.epochs && !isStopped(); epoch++) {
    const batches = shuffle(
      tasks.flatMap((task) => planTask(task, options.scale, random)),
      random,
    )
    const totals = new Map<string, { loss: number; batches: number }>()
    for (const batch of batches) {
      // A signal of the terminal is heard between two turns alone.
      await turns.rest()
      if (isStopped()) break
      const rate = options.learningRate + (options.finalLearningRate - options.learningRate) * progress
      const total = totals.get(batch.task) ?? { loss: 0, batches: 0 }
      total.loss += await trainBatch(table, batch, optimizer, rate, products)
      total.batches += 1
      totals.set(batch.task, total)
      progress += 1 / (options.epochs * batches.length)
      options.onBatch?.(progress)
    }
    const losses = Object.fromEntries([...totals].map(([name, total]) => [name, total.loss / total.batches]))
    await onEpoch({ epoch, batches: batches.length, losses })
  }
  await products.close()
}

function planTask(task: TrainingTask, scale: number, random: Random): Batch[] {
  const batchesOf = <T>(items: readonly T[], plan: (some: readonly T[]) => Omit<Batch, 'task'>): Batch[] =>
    cut(items, task.batchSize).map((some) => ({ task: task.name, ...plan(some) }))
  switch (task.kind) {
    case 'scored':
      return batchesOf(task.sample(random), (pairs) => ({
        texts: bothSides(pairs),
        loss: cosineRegression(
          Float64Array.from(pairs, ({ score }) => score),
          task.weight,
        ),
      }))
    case 'pairs':
      return batchesOf(task.sample(random), (pairs) => ({
        texts: bothSides(pairs),
        loss: inBatchNegatives(
          Int32Array.from(pairs, ({ group }) => group),
          scale,
        ),
      }))
    case 'labelled':
      return batchesOf(task.sample(random), (items) => ({
        texts: [...items.map(({ text }) => text), ...task.labels],
        loss: amongLabels(
          Int32Array.from(items, ({ label }) => label),
          scale,
        ),
      }))
    case 'alike':
      return batchesOf(task.sample(random), (items) => ({
        texts: items.map(({ text }) => text),
        loss: likeTargets(
          items.map(({ target }) => target),
          task.weight,
        ),
      }))
    case 'taught':
      return batchesOf(task.sample(random), (items) => ({
        texts: items.map(({ text }) => text),
        loss: towards(
          items.map(({ target }) => target),
          task.weight,
        ),
      }))
  }
}

/** Fewer than these at the end of an epoch tell one another little apart. */
const SMALLEST_BATCH = 8

function cut<T>(items: readonly T[], size: number): T[][] {
  const batches: T[][] = []
  for (let start = 0; start < items.length; start += size) batches.push(items.slice(start, start + size))
  if (batches.length > 1 && batches.at(-1)!.length < SMALLEST_BATCH) batches.pop()
  return batches
}

function bothSides(pairs: readonly { readonly left: TokenIds; readonly right: TokenIds }[]): TokenIds[] {
  return [...pairs.map((pair) => pair.left), ...pairs.map((pair) => pair.right)]
}

async function trainBatch(
  table: Matrix,
  batch: Batch,
  optimizer: SparseAdam,
  learningRate: number,
  products: Products,
): Promise<number> {
  const bags = embedBags(table, batch.texts)
  const { loss, gradients } = await batch.loss(bags.units, products)
  const touched = backpropagate(bags, gradients)
  optimizer.step(touched.rows, touched.gradients, touched.count, learningRate)
  return loss
}
