import { type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { dot } from '../../src/vector/similarity.ts'
import type { Occupation, RatedPair } from '../train/data.ts'
import { averagePrecision, recallAt, reciprocalRank, relevantPlaces } from './metrics/retrieval.ts'
import { averageRanks, spearman } from './metrics/spearman.ts'

/** Texts to unit vectors, one row each, zeros for a text without a known token. */
export type Embed = (texts: readonly string[]) => Promise<Matrix>

/** Named scores of one task, each 0 to 1 (correlations from -1). */
export type Scores = Record<string, number>

/** Spearman correlation of cosines with human scores. */
export async function scorePairs(embed: Embed, pairs: readonly RatedPair[]): Promise<number> {
  return spearman(
    await cosines(embed, pairs),
    pairs.map((pair) => pair.score),
  )
}

/** Chance that a pair of label 1 has a higher cosine than one of label 0: the area under the ROC curve. */
export async function areaUnderCurve(embed: Embed, pairs: readonly RatedPair[]): Promise<number> {
  const ranks = averageRanks(await cosines(embed, pairs))
  let [rankSum, positives] = [0, 0]
  for (const [index, pair] of pairs.entries()) {
    if (pair.score !== 1) continue
    rankSum += ranks[index]!
    positives += 1
  }
  const negatives = pairs.length - positives
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
}

async function cosines(embed: Embed, pairs: readonly RatedPair[]): Promise<Float64Array> {
  const left = await embed(pairs.map((pair) => pair.left))
  const right = await embed(pairs.map((pair) => pair.right))
  return Float64Array.from(pairs, (_, index) => dot(rowOf(left, index), rowOf(right, index)))
}

/** Each Chinese sentence looks for its English original: the share that ranks it first. */
export async function crossLingual(
  embed: Embed,
  chinese: readonly string[],
  english: readonly string[],
): Promise<number> {
  const queries = await embed(chinese)
  const documents = await embed(english)
  let found = 0
  for (let row = 0; row < queries.rows; row++) {
    if (recallAt(relevantPlaces(dots(rowOf(queries, row), documents), [row]), 1) === 1) found += 1
  }
  return found / queries.rows
}

/** Mean cosine of texts with the ones at the same place. */
export async function meanCosine(
  embed: Embed,
  left: readonly string[],
  right: readonly string[],
): Promise<number> {
  const [ones, others] = [await embed(left), await embed(right)]
  const sum = left.reduce((total, _, row) => total + dot(rowOf(ones, row), rowOf(others, row)), 0)
  return sum / left.length
}

/** Vacancy titles look for their occupation among all preferred labels, as JobBERT (Decorte et al. 2021) does. */
export async function vacancyToOccupation(
  embed: Embed,
  vacancies: readonly { readonly title: string; readonly occupation: string }[],
  occupations: readonly Occupation[],
): Promise<Scores> {
  const rows = new Map(occupations.map((occupation, index) => [occupation.id, index]))
  const known = vacancies.filter((vacancy) => rows.has(vacancy.occupation))
  const queries = await embed(known.map((vacancy) => vacancy.title))
  const documents = await embed(occupations.map((occupation) => occupation.name))
  let [reciprocal, recall] = [0, 0]
  for (const [row, vacancy] of known.entries()) {
    const places = relevantPlaces(dots(rowOf(queries, row), documents), [rows.get(vacancy.occupation)!])
    reciprocal += reciprocalRank(places)
    recall += recallAt(places, 10)
  }
  return { MRR: reciprocal / known.length, 'recall@10': recall / known.length }
}

/** Titles look for the other titles of their occupation among those of all given occupations: MAP. */
export async function titleSimilarity(
  embed: Embed,
  occupations: readonly Occupation[],
  every: number,
): Promise<number> {
  const owners = occupations.flatMap((occupation, index) => occupation.titles.map(() => index))
  const vectors = await embed(occupations.flatMap((occupation) => occupation.titles))
  let [sum, queries] = [0, 0]
  for (let row = 0; row < owners.length; row += every) {
    const scores = dots(rowOf(vectors, row), vectors)
    scores[row] = Number.NEGATIVE_INFINITY
    const relevant = owners.flatMap((owner, other) => (owner === owners[row] && other !== row ? [other] : []))
    sum += averagePrecision(relevantPlaces(scores, relevant))
    queries += 1
  }
  return sum / queries
}

function dots(query: Float32Array, documents: Matrix): Float32Array {
  return Float32Array.from({ length: documents.rows }, (_, row) => dot(query, rowOf(documents, row)))
}
