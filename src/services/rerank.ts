import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Catalog } from '../models/catalog.ts'
import type { Manifest } from '../models/manifest.ts'
import { calibrate } from '../ranking/calibration.ts'
import { rowOf } from '../vector/matrix.ts'
import { dot } from '../vector/similarity.ts'
import type { EmbedService } from './embed.ts'

/** One query with the texts to be scored for it. */
export interface RerankPlan {
  readonly manifest: Manifest
  readonly query: string
  readonly texts: readonly string[]
  readonly truncate?: 'end' | 'start' | false | undefined
  /** Prompts for a model that makes vectors; its own for query and document when absent. */
  readonly roles?: { readonly query: string; readonly document: string }
}

/** Scores in the order of the texts. */
export interface RerankResult {
  /** Chances where the model has a calibration, its cosines otherwise. */
  readonly scores: Float64Array
  /** What the model itself answered. */
  readonly raw: Float64Array
  readonly tokens: number
}

/** How well texts answer a query. */
export interface RerankService {
  /** @throws AppError `unknown_model`, or `unsupported_task` for a model that cannot compare texts */
  resolve(model?: string): Manifest
  run(plan: RerankPlan, context: Context): Promise<RerankResult>
}

/** What the rerank service is made of. */
export interface RerankServiceParts {
  readonly catalog: Catalog
  readonly embed: EmbedService
  readonly defaultModel: string
}

const DEFAULT_ROLES = { query: 'query', document: 'document' }

/** Reranks with any model that makes vectors: by its cosines, calibrated where the model has a calibration. */
export function createRerankService({ catalog, embed, defaultModel }: RerankServiceParts): RerankService {
  return {
    resolve(model = defaultModel) {
      const manifest = catalog.resolve(model)
      if (manifest.task === 'embed') return manifest
      throw new AppError(
        'unsupported_task',
        `Model ${manifest.id} is made to ${manifest.task}; expected one that compares texts.`,
        {
          details: { field: 'model', model: manifest.id, task: manifest.task },
        },
      )
    },
    async run({ manifest, query, texts, truncate, roles = DEFAULT_ROLES }, context) {
      const vectorsOf = (inputs: readonly string[], role: string) =>
        embed.run(
          embed.plan({ inputs, model: manifest.id, options: { role, normalize: true, truncate } }),
          context,
        )
      const asked = await vectorsOf([query], roles.query)
      const answers = await vectorsOf(texts, roles.document)
      const wanted = rowOf(asked.vectors, 0)
      const raw = Float64Array.from(texts, (_, row) => dot(wanted, rowOf(answers.vectors, row)))
      const { calibration } = manifest
      const scores = calibration ? raw.map((score) => calibrate(score, calibration)) : raw
      return { scores, raw, tokens: asked.tokens + answers.tokens }
    },
  }
}
