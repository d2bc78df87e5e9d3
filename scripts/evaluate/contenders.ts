import { createContext } from '../../src/context.ts'
import { fitCalibration } from '../../src/learning/sigmoid.ts'
import type { Catalog } from '../../src/models/catalog/catalog.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import type { Engine } from '../../src/models/engine/engine.ts'
import { type Calibration, calibrate } from '../../src/ranking/calibration.ts'
import { fuseReciprocalRanks, fuseWeighted } from '../../src/ranking/fusion.ts'
import { createMatrix, type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { dot } from '../../src/vector/similarity.ts'
import type { EnsembleOption, EvaluateOptions } from './options.ts'
import type { RankedText } from './ranking-tasks.ts'

/** What the scores of a ranking come from. */
export interface Contender {
  readonly name: string
  readonly models: readonly { readonly manifest: Manifest; readonly weight: number }[]
  readonly fusion: EnsembleOption['fusion']
}

/** Texts to unit vectors, in the way of a role. */
export type EmbedTexts = (model: Manifest, texts: readonly string[], role: string) => Promise<Matrix>

/** The models and ensembles of the command line. */
export function contendersOf({ models, ensembles }: EvaluateOptions, catalog: Catalog): Contender[] {
  const single = models.map((name): Contender => {
    const manifest = catalog.resolve(name)
    return { name: manifest.id, models: [{ manifest, weight: 1 }], fusion: 'weighted' }
  })
  const combined = ensembles.map(
    (ensemble): Contender => ({
      ...ensemble,
      models: ensemble.models.map(({ model, weight }) => ({ manifest: catalog.resolve(model), weight })),
    }),
  )
  return [...single, ...combined]
}

/** Texts that are embedded between two signs of progress. */
const STEP = 1024

/**
 * Embeds with an engine, each text of a model and role once in the life of the function.
 *
 * @param shown told after each {@link STEP} texts how many of a model's list are done
 */
export function createEmbedder(
  engine: Pick<Engine, 'embed'>,
  shown: (model: string, done: number, total: number) => void = () => undefined,
): EmbedTexts {
  const context = createContext({ requestId: 'evaluate' })
  const known = new Map<string, Map<string, Float32Array>>()
  return async ({ id, dimensions }, texts, role) => {
    const key = `${id} ${role}`
    const vectors = known.get(key) ?? new Map<string, Float32Array>()
    known.set(key, vectors)
    const missing = [...new Set(texts)].filter((text) => !vectors.has(text))
    for (let start = 0; start < missing.length; start += STEP) {
      const inputs = missing.slice(start, start + STEP)
      const options = { role, normalize: true }
      const found = (await engine.embed({ model: id, inputs, options }, context)).vectors
      for (const [row, text] of inputs.entries()) vectors.set(text, rowOf(found, row).slice())
      shown(id, start + inputs.length, missing.length)
    }
    const all = createMatrix(texts.length, dimensions)
    for (const [row, text] of texts.entries()) all.data.set(vectors.get(text)!, row * dimensions)
    return all
  }
}

/** Cosines of one query with candidates. */
export async function similaritiesOf(
  embed: EmbedTexts,
  model: Manifest,
  query: string,
  candidates: readonly string[],
): Promise<number[]> {
  const asked = rowOf(await embed(model, [query], 'query'), 0)
  const rows = await embed(model, candidates, 'document')
  return candidates.map((_, row) => dot(asked, rowOf(rows, row)))
}

/**
 * One list of cosines a query.
 *
 * @param role of both sides; absent: query and document
 */
export async function cosinesOf(
  embed: EmbedTexts,
  model: Manifest,
  queries: readonly RankedText[],
  candidates: readonly RankedText[],
  role?: string,
): Promise<Float64Array[]> {
  const textsOf = (list: readonly RankedText[]) => list.map(({ text }) => text)
  const asked = await embed(model, textsOf(queries), role ?? 'query')
  const offered = await embed(model, textsOf(candidates), role ?? 'document')
  return queries.map((_, query) =>
    Float64Array.from(candidates, (_, candidate) => dot(rowOf(asked, query), rowOf(offered, candidate))),
  )
}

/** Cosines with the grades of the same pairs, to learn from how scores become chances. */
interface FittingPairs {
  readonly scores: readonly Float64Array[]
  readonly grades: readonly Float64Array[]
}

/** The calibration of the model's manifest, or one that is fitted on the pairs: as many unfit as fit. */
export function calibrationFor({ calibration }: Manifest, { scores, grades }: FittingPairs): Calibration {
  if (calibration) return calibration
  const [fit, unfit]: [number[], number[]] = [[], []]
  scores.forEach((list, query) => {
    const wrong = list.filter((_, candidate) => grades[query]![candidate] === 0)
    list.forEach((score, candidate) => {
      if (!(grades[query]![candidate]! > 0)) return
      fit.push(score)
      // Spread over the list by a step that shares no factor with most lengths: no draw, the same each time.
      unfit.push(wrong[(fit.length * 7919) % wrong.length]!)
    })
  })
  return fitCalibration([...fit, ...unfit], [...fit.map(() => 1), ...unfit.map(() => 0)])
}

/**
 * One score list of several models' for one query.
 *
 * @param lists one a model, cosines
 * @param calibrations one a model; asked for by chances alone: not by a single model, reciprocal ranks or cosines
 */
export function combine(
  { models, fusion }: Contender,
  lists: readonly Float64Array[],
  calibrations: readonly Calibration[],
): Float64Array {
  if (lists.length === 1) return lists[0]!
  const weights = models.map(({ weight }) => weight)
  if (fusion === 'rrf') return fuseReciprocalRanks(lists, weights)
  if (fusion === 'cosines') return fuseWeighted(lists, weights)
  const chances = lists.map((list, model) => list.map((score) => calibrate(score, calibrations[model]!)))
  return fuseWeighted(chances, weights)
}
