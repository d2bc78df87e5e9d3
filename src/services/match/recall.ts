import type { Context } from '../../context.ts'
import { createMatrix, type Matrix, rowOf } from '../../vector/matrix.ts'
import { normalizeRows } from '../../vector/normalize.ts'
import { dot } from '../../vector/similarity.ts'
import type { EmbedService } from '../embed.ts'
import { joinTexts, type MatchDocument, textsOf } from './document.ts'
import type { MatchPlan, Section, WeightedModel } from './plan.ts'

/** Scores of one model: `[queries, candidates]`, and the same for each section. */
export interface RecallScores {
  /** One list per query, the weighted mean of its sections. */
  readonly scores: readonly Float64Array[]
  /** `sections[section][query][candidate]`; NaN where either side lacks the section. */
  readonly sections: readonly (readonly Float64Array[])[]
}

/** Embeds texts, each different one once, as unit vectors. */
export type EmbedTexts = (texts: readonly string[], model: string, role: string) => Promise<Matrix>

/** Embeds through the service in the way that a plan asks for. `count` hears of the tokens of each call. */
export function embedderOf(
  embed: EmbedService,
  { deterministic }: MatchPlan,
  context: Context,
  count: (tokens: number) => void,
): EmbedTexts {
  return async (texts, model, role) => {
    const unique = [...new Set(texts)]
    const options = { role, deterministic, normalize: true }
    const result = await embed.run(embed.plan({ inputs: unique, model, options }), context)
    count(result.tokens)
    if (unique.length === texts.length) return result.vectors
    const rows = new Map(unique.map((text, row) => [text, row]))
    const vectors = createMatrix(texts.length, result.vectors.columns)
    texts.forEach((text, row) => {
      vectors.data.set(rowOf(result.vectors, rows.get(text)!), row * vectors.columns)
    })
    return vectors
  }
}

/** Compares every query with every candidate by one model. */
export async function recall(
  plan: MatchPlan,
  { manifest }: WeightedModel,
  embed: EmbedTexts,
): Promise<RecallScores> {
  const queries = await embedSections(plan.queries, plan.sections, (texts) =>
    embed(texts, manifest.id, plan.roles.query),
  )
  const candidates = await embedSections(plan.candidates, plan.sections, (texts) =>
    embed(texts, manifest.id, plan.roles.candidate),
  )
  const sections = plan.sections.map((_, section) =>
    plan.queries.map((_, query) => compare(queries[section]!, query, candidates[section]!)),
  )
  return { sections, scores: plan.queries.map((_, query) => combine(plan, sections, query)) }
}

/** The vectors of one section, a row a document; a document without it has no row. */
interface SectionVectors {
  readonly vectors: Matrix
  /** -1 for a document without the section. */
  readonly rows: Int32Array
}

async function embedSections(
  documents: readonly MatchDocument[],
  sections: readonly Section[],
  embed: (texts: readonly string[]) => Promise<Matrix>,
): Promise<SectionVectors[]> {
  const texts: string[] = []
  const given: Float32Array[] = []
  const rows = sections.map(({ name }) =>
    Int32Array.from(documents, (document) => {
      if (document.vector) return -1 - given.push(document.vector)
      const text = joinTexts(textsOf(document, name))
      return text === '' ? -1 : texts.push(text) - 1
    }),
  )
  const embedded = texts.length > 0 ? await embed(texts) : createMatrix(0, given[0]?.length ?? 0)
  const vectors = given.length > 0 ? appendUnits(embedded, given) : embedded
  const place = (row: number) => (row < -1 ? embedded.rows - 2 - row : row)
  return rows.map((list) => ({ vectors, rows: list.map(place) }))
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

function compare(queries: SectionVectors, query: number, candidates: SectionVectors): Float64Array {
  const row = queries.rows[query]!
  const scores = new Float64Array(candidates.rows.length).fill(Number.NaN)
  if (row < 0) return scores
  const vector = rowOf(queries.vectors, row)
  candidates.rows.forEach((candidate, index) => {
    if (candidate >= 0) scores[index] = dot(vector, rowOf(candidates.vectors, candidate))
  })
  return scores
}

/**
 * The weighted mean of a query's sections. A section that the query lacks does not count; one that only the
 * candidate lacks counts as 0, for silence is no fit.
 */
function combine(plan: MatchPlan, sections: RecallScores['sections'], query: number): Float64Array {
  const scores = new Float64Array(plan.candidates.length)
  let total = 0
  plan.sections.forEach(({ name, weight }, section) => {
    const document = plan.queries[query]!
    if (!document.vector && joinTexts(textsOf(document, name)) === '') return
    total += weight
    sections[section]![query]!.forEach((score, candidate) => {
      if (!Number.isNaN(score)) scores[candidate]! += weight * score
    })
  })
  return scores.map((score) => score / total)
}
