import type { Context } from '../../context.ts'
import type { EngineResult } from '../../models/engine/engine.ts'
import { createTurns } from '../../turns.ts'
import { createMatrix, type Matrix, rowOf } from '../../vector/matrix.ts'
import { normalizeRows } from '../../vector/normalize.ts'
import { clampCosine, dotRows } from '../../vector/similarity.ts'
import type { EmbedService } from '../embed.ts'
import { createDistinct } from './distinct.ts'
import { joinTexts, type MatchDocument, textsOf } from './document.ts'
import type { MatchPlan, WeightedModel } from './plan.ts'
import type { UnknownTexts } from './unknown-texts.ts'

/** Scores of one model: `[queries, candidates]`, and the same for each section. */
export interface RecallScores {
  /** One list per query, the weighted mean of its sections. */
  readonly scores: readonly Float64Array[]
  /** `sections[section][query][candidate]`; NaN where either side lacks the section. */
  readonly sections: readonly (readonly Float64Array[])[]
}

/** Embeds texts, each different one once, as unit vectors. */
export type EmbedTexts = (texts: readonly string[], model: string, role: string) => Promise<Matrix>

/**
 * Embeds through the service in the way that a plan asks for. `count` hears of each call, `unknownTexts` of texts without
 * a token that the model knows.
 */
export function embedderOf(
  embed: EmbedService,
  { deterministic }: MatchPlan,
  context: Context,
  count: (result: EngineResult, model: string) => void,
  unknownTexts: UnknownTexts,
): EmbedTexts {
  return async (texts, model, role) => {
    const distinct = createDistinct()
    const rows = texts.map(distinct.placeOf)
    const options = { role, deterministic, normalize: true }
    const result = await embed.run(embed.plan({ inputs: distinct.texts, model, options }), context)
    count(result, model)
    unknownTexts.add(model, distinct.texts, result.unknown)
    if (distinct.texts.length === texts.length) return result.vectors
    const vectors = createMatrix(texts.length, result.vectors.columns)
    rows.forEach((place, row) => {
      vectors.data.set(rowOf(result.vectors, place), row * vectors.columns)
    })
    return vectors
  }
}

/** The texts of documents, section by section, found once for all models. */
interface SectionTexts {
  readonly texts: readonly string[]
  /** Vectors that came instead of texts. */
  readonly given: readonly Float32Array[]
  /** By section, a document's place in `texts`; -1 without the section, -2 - i for vector i of `given`. */
  readonly places: readonly Int32Array[]
}

/** Finds the texts of documents, in turns; equal ones are taken once. */
export async function findTexts(
  documents: readonly MatchDocument[],
  sections: readonly { readonly name: string | undefined }[],
): Promise<SectionTexts> {
  const turns = createTurns()
  const { texts, placeOf } = createDistinct()
  const given: Float32Array[] = []
  const placeIn = (document: MatchDocument, section: string | undefined): number => {
    if (document.vector) return -1 - given.push(document.vector)
    const text = joinTexts(textsOf(document, section))
    return text === '' ? -1 : placeOf(text)
  }
  const places: Int32Array[] = []
  for (const { name } of sections) {
    const list = new Int32Array(documents.length)
    for (const [index, document] of documents.entries()) {
      list[index] = placeIn(document, name)
      const rest = turns.rest()
      if (rest) await rest
    }
    places.push(list)
  }
  return { texts, given, places }
}

/** Compares every query with every candidate by one model. */
export async function recall(
  plan: MatchPlan,
  { manifest }: WeightedModel,
  texts: { readonly queries: SectionTexts; readonly candidates: SectionTexts },
  embed: EmbedTexts,
): Promise<RecallScores> {
  const queries = await embedSections(texts.queries, (list) => embed(list, manifest.id, plan.roles.query))
  const candidates = await embedSections(texts.candidates, (list) =>
    embed(list, manifest.id, plan.roles.candidate),
  )
  const turns = createTurns()
  const sections: Float64Array[][] = plan.sections.map(() => [])
  const scores: Float64Array[] = []
  for (const query of plan.queries.keys()) {
    for (const [section, list] of sections.entries()) {
      list.push(compare(queries, candidates, section, query))
      await turns.rest()
    }
    scores.push(combine(plan, sections, texts.queries.places, query))
  }
  return { sections, scores }
}

/** The vectors of all sections. */
interface SectionVectors {
  readonly vectors: Matrix
  /** By section, a document's row; -1 for one without the section. */
  readonly rows: readonly Int32Array[]
}

async function embedSections(
  { texts, given, places }: SectionTexts,
  embed: (texts: readonly string[]) => Promise<Matrix>,
): Promise<SectionVectors> {
  const embedded = texts.length > 0 ? await embed(texts) : createMatrix(0, given[0]?.length ?? 0)
  if (given.length === 0) return { vectors: embedded, rows: places }
  const rowAt = (place: number) => (place < -1 ? embedded.rows - 2 - place : place)
  return { vectors: appendUnits(embedded, given), rows: places.map((list) => list.map(rowAt)) }
}

/** Puts given vectors, brought to length 1, below the embedded ones. */
function appendUnits(embedded: Matrix, given: readonly Float32Array[]): Matrix {
  const columns = given[0]!.length
  const units = createMatrix(given.length, columns)
  given.forEach((vector, row) => {
    units.data.set(vector, row * columns)
  })
  normalizeRows(units)
  const all = createMatrix(embedded.rows + units.rows, columns)
  all.data.set(embedded.data)
  all.data.set(units.data, embedded.data.length)
  return all
}

function compare(
  queries: SectionVectors,
  candidates: SectionVectors,
  section: number,
  query: number,
): Float64Array {
  const row = queries.rows[section]![query]!
  const rows = candidates.rows[section]!
  if (row < 0) return new Float64Array(rows.length).fill(Number.NaN)
  return dotRows(rowOf(queries.vectors, row), candidates.vectors.data, rows).map(clampCosine)
}

/**
 * The weighted mean of a query's sections. A section that the query lacks does not count; one that only the candidate
 * lacks counts as 0: a candidate that says nothing of it does not fit.
 */
function combine(
  plan: MatchPlan,
  sections: RecallScores['sections'],
  places: readonly Int32Array[],
  query: number,
): Float64Array {
  const scores = new Float64Array(plan.candidates.length)
  let total = 0
  plan.sections.forEach(({ weight }, section) => {
    if (places[section]![query] === -1) return
    total += weight
    const own = sections[section]![query]!
    for (let candidate = 0; candidate < own.length; candidate++) {
      const score = own[candidate]!
      if (!Number.isNaN(score)) scores[candidate]! += weight * score
    }
  })
  for (let candidate = 0; candidate < scores.length; candidate++) scores[candidate]! /= total
  return scores
}
