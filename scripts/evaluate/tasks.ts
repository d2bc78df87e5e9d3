import { averagePrecision, recallAt, reciprocalRank, relevantPlaces } from '../../src/learning/retrieval.ts'
import { averageRanks, spearman } from '../../src/learning/spearman.ts'
import { type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { dot } from '../../src/vector/similarity.ts'
import type { Occupation, RatedPair } from '../train/data.ts'
import { meanSample, type Sample, scoreOf } from './metrics/sample.ts'

/** Texts to unit vectors, one row each, zeros for a text without a known token. */
export type Embed = (texts: readonly string[]) => Promise<Matrix>

/** Named scores of one task, each 0 to 1 (correlations from -1). */
export type Scores = Record<string, number>

/** Spearman correlation of cosines with human scores. */
export async function ratedPairs(embed: Embed, pairs: readonly RatedPair[]): Promise<Sample> {
  const found = await cosines(embed, pairs)
  return {
    items: pairs.length,
    score: (places) =>
      spearman(
        Float64Array.from(places, (place) => found[place]!),
        Float64Array.from(places, (place) => pairs[place]!.score),
      ),
  }
}

/** {@link ratedPairs} as one number. */
export async function scorePairs(embed: Embed, pairs: readonly RatedPair[]): Promise<number> {
  return scoreOf(await ratedPairs(embed, pairs))
}

/** Chance that a pair of label 1 has a higher cosine than one of label 0: the area under the ROC curve. */
export async function areaUnderCurve(embed: Embed, pairs: readonly RatedPair[]): Promise<Sample> {
  const found = await cosines(embed, pairs)
  const score = (places: Int32Array) => {
    const ranks = averageRanks(Float64Array.from(places, (place) => found[place]!))
    let [rankSum, positives] = [0, 0]
    for (const [index, place] of places.entries()) {
      if (pairs[place]!.score !== 1) continue
      rankSum += ranks[index]!
      positives += 1
    }
    const negatives = places.length - positives
    return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
  }
  return { items: pairs.length, score }
}

async function cosines(embed: Embed, pairs: readonly RatedPair[]): Promise<Float64Array> {
  const left = pairs.map((pair) => pair.left)
  return cosinesOf(
    embed,
    left,
    pairs.map((pair) => pair.right),
  )
}

/** The cosine of each text with the one at the same place. */
async function cosinesOf(
  embed: Embed,
  left: readonly string[],
  right: readonly string[],
): Promise<Float64Array> {
  const [ones, others] = [await embed(left), await embed(right)]
  return Float64Array.from(left, (_, row) => dot(rowOf(ones, row), rowOf(others, row)))
}

/** Each text looks for the one at the same place on the other side, its translation: the share that ranks it first. */
export async function crossLingual(
  embed: Embed,
  texts: readonly string[],
  translations: readonly string[],
): Promise<Sample> {
  const [queries, documents] = [await embed(texts), await embed(translations)]
  return meanSample(
    Float64Array.from(texts, (_, row) =>
      recallAt(relevantPlaces(dots(rowOf(queries, row), documents), [row]), 1),
    ),
  )
}

/** Mean cosine of texts with the ones at the same place. */
export async function pairCosines(
  embed: Embed,
  left: readonly string[],
  right: readonly string[],
): Promise<Sample> {
  return meanSample(await cosinesOf(embed, left, right))
}

/** {@link pairCosines} as one number. */
export async function meanCosine(
  embed: Embed,
  left: readonly string[],
  right: readonly string[],
): Promise<number> {
  return scoreOf(await pairCosines(embed, left, right))
}

/**
 * Vacancy titles look for their occupation among all preferred labels, as JobBERT (Decorte et al. 2021) does.
 *
 * @returns MRR and recall@10
 */
export async function vacancyToOccupation(
  embed: Embed,
  vacancies: readonly { readonly title: string; readonly occupation: string }[],
  occupations: readonly Occupation[],
): Promise<Sample[]> {
  const rows = new Map(occupations.map((occupation, index) => [occupation.id, index]))
  const known = vacancies.filter((vacancy) => rows.has(vacancy.occupation))
  const queries = await embed(known.map((vacancy) => vacancy.title))
  const documents = await embed(occupations.map((occupation) => occupation.name))
  const places = known.map((vacancy, row) =>
    relevantPlaces(dots(rowOf(queries, row), documents), [rows.get(vacancy.occupation)!]),
  )
  return [reciprocalRank, (found: number[]) => recallAt(found, 10)].map((measure) =>
    meanSample(Float64Array.from(places, measure)),
  )
}

/** Titles look for the other titles of their occupation among those of all given occupations: MAP. */
export async function titleSimilarity(
  embed: Embed,
  occupations: readonly Occupation[],
  every: number,
): Promise<Sample> {
  const owners = occupations.flatMap((occupation, index) => occupation.titles.map(() => index))
  const vectors = await embed(occupations.flatMap((occupation) => occupation.titles))
  const precisions: number[] = []
  for (let row = 0; row < owners.length; row += every) {
    const scores = dots(rowOf(vectors, row), vectors)
    scores[row] = Number.NEGATIVE_INFINITY
    const relevant = owners.flatMap((owner, other) => (owner === owners[row] && other !== row ? [other] : []))
    precisions.push(averagePrecision(relevantPlaces(scores, relevant)))
  }
  return meanSample(Float64Array.from(precisions))
}

function dots(query: Float32Array, documents: Matrix): Float32Array {
  return Float32Array.from({ length: documents.rows }, (_, row) => dot(query, rowOf(documents, row)))
}
