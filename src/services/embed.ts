import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Catalog } from '../models/catalog/catalog.ts'
import type { Manifest } from '../models/catalog/manifest.ts'
import { requireTask } from '../models/catalog/task.ts'
import type { EncodeOptions, EncoderInput } from '../models/encode/encoder.ts'
import type { Engine, EngineResult } from '../models/engine/engine.ts'
import { measured } from './measure.ts'

/** What a caller asks for. */
interface EmbedRequest {
  readonly inputs: readonly EncoderInput[]
  /** An id or alias of the catalog; the service's default when absent. */
  readonly model?: string | undefined
  readonly options: EncodeOptions
}

/** A request that can be run: its model is known and its options are ones that the model offers. */
export interface EmbedPlan {
  readonly manifest: Manifest
  readonly inputs: readonly EncoderInput[]
  readonly options: EncodeOptions & { readonly dimensions: number }
}

/** Text to vectors, by any model of the catalog. */
export interface EmbedService {
  /** @throws AppError `unknown_model`, `unsupported_task`, or `invalid_request` for dimensions not offered */
  plan(request: EmbedRequest): EmbedPlan
  /** Runs a plan and adds its measurements to the context's metrics, errors included. */
  run(plan: EmbedPlan, context: Context): Promise<EngineResult>
}

/** What the embed service is made of. */
export interface EmbedServiceParts {
  readonly catalog: Catalog
  readonly engine: Engine
  readonly defaultModel: string
}

/** The embed service of one process. */
export function createEmbedService({ catalog, engine, defaultModel }: EmbedServiceParts): EmbedService {
  return {
    plan({ inputs, model, options }) {
      const manifest = catalog.resolve(model ?? defaultModel)
      requireTask(manifest, ['embed'], 'expected a model that makes vectors; GET /models lists them')
      return { manifest, inputs, options: { ...options, dimensions: offeredDimensions(manifest, options) } }
    },
    run({ manifest, inputs, options }, context) {
      const { id } = manifest
      return measured(context, id, inputs.length, () => engine.embed({ model: id, inputs, options }, context))
    },
  }
}

function offeredDimensions(manifest: Manifest, { dimensions }: EncodeOptions): number {
  const offered = [...new Set([manifest.dimensions, ...manifest.matryoshka])]
  if (dimensions === undefined) return manifest.dimensions
  if (offered.includes(dimensions)) return dimensions
  throw new AppError(
    'invalid_request',
    `Model ${manifest.id} offers ${offered.join(', ')} dimensions; got ${dimensions}; leave the field out for ${manifest.dimensions}.`,
    { details: { field: 'dimensions', model: manifest.id, offered: offered.map(String) } },
  )
}
