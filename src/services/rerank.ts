import type { Context } from '../context.ts'
import { withFieldNames } from '../field-names.ts'
import type { Catalog } from '../models/catalog/catalog.ts'
import type { Manifest } from '../models/catalog/manifest.ts'
import { requireTask } from '../models/catalog/task.ts'
import type { Engine } from '../models/engine/engine.ts'
import { type Calibration, calibrateTexts } from '../ranking/calibration.ts'
import { languageOf } from '../ranking/language.ts'
import { rowOf } from '../vector/matrix.ts'
import { clampCosine, dot } from '../vector/similarity.ts'
import type { EmbedService } from './embed.ts'
import { measured } from './measure.ts'
import { addWork, NO_WORK, type Work } from './work.ts'

/** One query with the texts to be scored for it. */
interface RerankPlan {
  readonly manifest: Manifest
  readonly query: string
  readonly texts: readonly string[]
  readonly truncate?: 'end' | 'start' | false | undefined
  /** Most tokens of each text. */
  readonly maxTokens?: number | undefined
  readonly deterministic?: boolean | undefined
  /** Prompts for a model that makes vectors; its own for query and document when absent. */
  readonly roles?: { readonly query: string; readonly document: string }
}

/** Scores in the order of the texts, and the work that they took; the query counts as a text, a pair as one. */
export interface RerankResult extends Work {
  /**
   * Chances where the model has a calibration; otherwise a cross-encoder's logits through the sigmoid, and the cosines
   * of a model that makes vectors.
   */
  readonly scores: Float64Array
  /** What the model itself answered. */
  readonly raw: Float64Array
  /** Whether the model knows no token of the query, and 1 for each text of which it knows none: see `Encoded.unknown`. */
  readonly unknownQuery: boolean
  readonly unknown: Uint8Array
}

/** How well texts answer a query. */
export interface RerankService {
  /**
   * The model of that name, a cross-encoder or one that makes vectors.
   *
   * @throws AppError `unknown_model`, or `unsupported_task` for a model that cannot compare texts
   */
  resolve(model?: string): Manifest
  /** Errors of one text call it `query` or `texts[i]`. */
  run(plan: RerankPlan, context: Context): Promise<RerankResult>
}

/** What the rerank service is made of. */
interface RerankServiceParts {
  readonly catalog: Catalog
  readonly engine: Engine
  readonly embed: EmbedService
  readonly defaultModel: string
}

const DEFAULT_ROLES = { query: 'query', document: 'document' }
/** The sigmoid, through which cross-encoders with one label are trained to answer. */
const SIGMOID: Calibration = { midpoint: 0, slope: 1 }

/** Reranks with a cross-encoder, or with any model that makes vectors by its cosines. */
export function createRerankService({
  catalog,
  engine,
  embed,
  defaultModel,
}: RerankServiceParts): RerankService {
  const scorePairs = async (
    { manifest: { id }, query, texts, truncate, maxTokens, deterministic }: RerankPlan,
    context: Context,
  ) => {
    const job = { model: id, query, texts, options: { truncate, maxTextTokens: maxTokens, deterministic } }
    const result = await measured(context, id, texts.length, () => engine.score(job, context))
    const { unknown, unknownQuery } = result
    return { raw: Float64Array.from(result.scores), ...addWork(NO_WORK, result), unknown, unknownQuery }
  }
  const compareVectors = async (
    { manifest, query, texts, truncate, maxTokens, deterministic, roles = DEFAULT_ROLES }: RerankPlan,
    context: Context,
  ) => {
    const vectorsOf = (inputs: readonly string[], role: string, most?: number) => {
      const options = { role, normalize: true, truncate, maxTokens: most, deterministic }
      return embed.run(embed.plan({ inputs, model: manifest.id, options }), context)
    }
    const asked = await withFieldNames({ 'input[0]': 'query' }, () => vectorsOf([query], roles.query))
    const answers = await withFieldNames({ input: 'texts' }, () =>
      vectorsOf(texts, roles.document, maxTokens),
    )
    const wanted = rowOf(asked.vectors, 0)
    const raw = Float64Array.from(texts, (_, row) => clampCosine(dot(wanted, rowOf(answers.vectors, row))))
    const work = addWork(asked, answers)
    return { raw, ...work, unknown: answers.unknown, unknownQuery: asked.unknown[0] === 1 }
  }

  return {
    resolve(model = defaultModel) {
      const manifest = catalog.resolve(model)
      requireComparing(manifest)
      return manifest
    },
    async run(plan, context) {
      const pairs = plan.manifest.task === 'rerank'
      const { raw, ...others } = await (pairs ? scorePairs : compareVectors)(plan, context)
      const calibration = plan.manifest.calibration ?? (pairs ? SIGMOID : undefined)
      const scores = calibration ? chancesOf(raw, calibration, plan) : raw
      return { scores, raw, ...others }
    },
  }
}

/** Languages are told only where they count. */
function chancesOf(
  raw: Float64Array,
  calibration: Calibration,
  { query, texts }: Pick<RerankPlan, 'query' | 'texts'>,
): Float64Array {
  if (!calibration.pairs) return calibrateTexts(raw, calibration, undefined, [])
  return calibrateTexts(raw, calibration, languageOf(query), texts.map(languageOf))
}

/**
 * Lets models pass that can compare texts.
 *
 * @param field how the caller calls the model in its request
 * @throws AppError `unsupported_task`
 */
export function requireComparing(manifest: Manifest, field = 'model'): void {
  const remedy = 'expected one that compares texts, to embed or to rerank; GET /models lists them'
  requireTask(manifest, ['embed', 'rerank'], remedy, field)
}
