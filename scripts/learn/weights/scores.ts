import type { SubScores } from '../../../src/learning/sub-score-weights.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import { calibrateTexts } from '../../../src/ranking/calibration.ts'
import { languageOf } from '../../../src/ranking/language.ts'
import { joinTexts, type MatchDocument, textsOf } from '../../../src/services/match/document.ts'
import { createMatrix, type Matrix, rowOf } from '../../../src/vector/matrix.ts'
import { clampCosine, dotRows } from '../../../src/vector/similarity.ts'
import type { EmbedTexts } from '../../evaluate/contenders.ts'
import type { WeighedRows } from './rows.ts'

/** One query's nearest candidates, and how each model compares each section. */
export interface QuerySubScores {
  /** `cosines[model][section][candidate]`; NaN where a side lacks the section. */
  readonly cosines: readonly (readonly Float64Array[])[]
  /** The place of the right one among them. */
  readonly own: number
  readonly query: MatchDocument
  readonly candidates: readonly MatchDocument[]
}

/** The right candidate and the nearest others: what stands behind them changes no place that anybody looks at. */
const MOST_CANDIDATES = 200

/**
 * Compares every query with every candidate, by each model and section, and keeps the nearest.
 *
 * @param sections names of fields; one that is undefined is the whole document
 */
export async function scoreQueries(
  { asked, candidates }: WeighedRows,
  models: readonly Manifest[],
  sections: readonly (string | undefined)[],
  embed: EmbedTexts,
): Promise<QuerySubScores[]> {
  const queries = asked.map(({ query }) => query)
  const vectors: { readonly queries: SectionVectors; readonly candidates: SectionVectors }[][] = []
  for (const model of models) {
    const bySection = []
    for (const section of sections)
      bySection.push({
        queries: await embedSection(queries, section, (texts) => embed(model, texts, 'query')),
        candidates: await embedSection(candidates, section, (texts) => embed(model, texts, 'document')),
      })
    vectors.push(bySection)
  }
  return asked.map(({ query, own }, row) => {
    const all = vectors.map((bySection) =>
      bySection.map((section) => compare(section.queries, section.candidates, row)),
    )
    const kept = nearest(all.flat(), own)
    return {
      cosines: all.map((bySection) => bySection.map((list) => Float64Array.from(kept, (at) => list[at]!))),
      own: kept.indexOf(own),
      query,
      candidates: kept.map((at) => candidates[at]!),
    }
  })
}

/** Vectors of the documents that have the section, and each document's row; -1 for one without it. */
interface SectionVectors {
  readonly vectors: Matrix
  readonly rows: Int32Array
}

async function embedSection(
  documents: readonly MatchDocument[],
  section: string | undefined,
  embed: (texts: readonly string[]) => Promise<Matrix>,
): Promise<SectionVectors> {
  const texts: string[] = []
  const rows = Int32Array.from(documents, (document) => {
    const text = joinTexts(textsOf(document, section))
    return text === '' ? -1 : texts.push(text) - 1
  })
  return { vectors: texts.length > 0 ? await embed(texts) : createMatrix(0, 1), rows }
}

function compare(queries: SectionVectors, candidates: SectionVectors, query: number): Float64Array {
  const row = queries.rows[query]!
  if (row < 0) return new Float64Array(candidates.rows.length).fill(Number.NaN)
  return dotRows(rowOf(queries.vectors, row), candidates.vectors.data, candidates.rows).map(clampCosine)
}

/** Places of the candidates with the highest mean, the right one always among them. */
function nearest(lists: readonly Float64Array[], own: number): number[] {
  const sums = new Float64Array(lists[0]!.length)
  for (const list of lists)
    list.forEach((score, at) => {
      if (!Number.isNaN(score)) sums[at]! += score
    })
  const order = [...sums.keys()].sort((one, other) => sums[other]! - sums[one]! || one - other)
  const best = order.slice(0, MOST_CANDIDATES)
  return best.includes(own) ? best : [...best.slice(0, MOST_CANDIDATES - 1), own]
}

/** What each section tells, by the mean of the models. */
export function sectionScores({ cosines, own }: QuerySubScores): SubScores {
  const scores = cosines[0]!.map((first, section) =>
    first.map((_, at) => cosines.reduce((sum, model) => sum + model[section]![at]!, 0) / cosines.length),
  )
  return { scores, own }
}

/** What each model tells of the weighted sections, as a match weighs it: chances where every model has a calibration. */
export function modelScores(
  { cosines, own, query, candidates }: QuerySubScores,
  models: readonly Manifest[],
  weights: readonly number[],
): SubScores {
  const isCalibrated = models.every(({ calibration }) => calibration)
  const language = (document: MatchDocument) => languageOf(joinTexts(textsOf(document)))
  const scores = cosines.map((sections, model) => {
    const mean = weightedMean(sections, weights)
    if (!isCalibrated) return mean
    return calibrateTexts(mean, models[model]!.calibration!, language(query), candidates.map(language))
  })
  return { scores, own }
}

/** A section that the query lacks does not count; one that only a candidate lacks counts as 0. */
function weightedMean(sections: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const sums = new Float64Array(sections[0]!.length)
  let total = 0
  sections.forEach((list, section) => {
    if (list.every(Number.isNaN)) return
    total += weights[section]!
    list.forEach((score, at) => {
      if (!Number.isNaN(score)) sums[at]! += weights[section]! * score
    })
  })
  return total > 0 ? sums.map((sum) => sum / total) : sums
}
