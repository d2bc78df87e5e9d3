import type { Catalog, CatalogEntry } from '../models/catalog/catalog.ts'
import { type Manifest, vectorRevision } from '../models/catalog/manifest.ts'
import { type QualityNote, readQuality } from '../models/catalog/quality.ts'
import type { Engine, EngineResult, ModelUsage } from '../models/engine/engine.ts'
import type { EmbedPlan } from '../services/embed.ts'
import { countMarks, unknownPlaces, unknownWarnings } from '../services/unknown.ts'
import type { EncodedRows } from '../vector/encoding.ts'
import type { Answer } from './answer.ts'
import { nativeDialect } from './errors.ts'
import { toInputs } from './inputs.ts'
import { refuseLargeAnswer } from './limits.ts'
import { measurementHeaders } from './measurements.ts'
import { hidePaths } from './paths.ts'
import type { Call, Route, RouteParts } from './route.ts'
import { embedRequest } from './schemas.ts'
import { teiEmbedVariant } from './tei.ts'
import { answerInTurns, encodeInTurns } from './turns.ts'
import { validate } from './validate.ts'

/** The project's own routes. */
export function nativeRoutes(parts: RouteParts): Route[] {
  const { catalog, engine } = parts
  return [
    {
      method: 'POST',
      path: '/embed',
      dialect: nativeDialect,
      variants: [teiEmbedVariant(parts)],
      answer: (body, call) => embed(body, call, parts),
    },
    {
      method: 'GET',
      path: '/models',
      dialect: nativeDialect,
      answer: async (_, { context }) => {
        const problems = (await catalog.scan?.(context)) ?? []
        const warnings = problems.map(hidePaths)
        const models = await describeModels(catalog, engine)
        const others = parts.generators && { generators: parts.generators.describe() }
        return { body: { models, ...others, ...(warnings.length > 0 && { warnings }) } }
      },
    },
    {
      method: 'GET',
      path: '/health',
      open: true,
      dialect: nativeDialect,
      answer: async () => tellState('ok', engine.problem?.()),
    },
    {
      method: 'GET',
      path: '/ready',
      open: true,
      dialect: nativeDialect,
      answer: async () => {
        await parts.askable
        return tellState('ready', parts.unready?.())
      },
    },
  ]
}

/**
 * Load balancers ask every few seconds: a process that is not well is no error of their request, and is not logged as
 * one.
 */
function tellState(well: 'ok' | 'ready', reason: string | undefined): Answer {
  if (reason === undefined) return { body: { status: well } }
  return { body: { status: `not ${well}`, reason }, status: 503 }
}

async function embed(
  body: unknown,
  { context, packs }: Call,
  { embed, limits }: RouteParts,
): Promise<Answer> {
  const { input, model, encoding, ...options } = validate(embedRequest, body)
  const plan = embed.plan({ inputs: toInputs(input, limits), model, options })
  const shape = { rows: plan.inputs.length, dimensions: plan.options.dimensions, encoding }
  refuseLargeAnswer(shape, limits, packs)
  const result = await embed.run(plan, context)
  const rows = await encodeInTurns(result.vectors, encoding)
  return answerInTurns(answerOf(plan, result, rows), result.vectors, measurementHeaders(result))
}

function answerOf({ manifest, inputs, options }: EmbedPlan, result: EngineResult, rows: EncodedRows) {
  return {
    model: manifest.id,
    revision: vectorRevision(manifest),
    precision: manifest.precision,
    dimensions: options.dimensions,
    ...rows,
    usage: {
      inputs: inputs.length,
      tokens: result.tokens,
      truncated: result.truncated,
      unknown: countMarks(result.unknown),
    },
    warnings: [
      ...unmappedWarnings(manifest, options.role),
      ...unknownWarnings(manifest.id, unknownPlaces(result.unknown, 'input')),
    ],
    timing: {
      coldStart: result.coldStart,
      loadMs: toMicroseconds(result.loadMs),
      tokenizeMs: toMicroseconds(result.tokenizeMs),
      inferenceMs: toMicroseconds(result.inferenceMs),
    },
  }
}

/** A caller who leaves the role out may not know that the vectors are then the base's own. */
function unmappedWarnings({ id, learned }: Manifest, role: string | undefined): string[] {
  if (learned?.side !== 'query' || role !== undefined) return []
  return [
    `Model ${id} maps queries alone; without role "query" these are the vectors of documents, as ${learned.base} makes them.`,
  ]
}

/** Milliseconds to the microsecond, which is as fine as the clock. */
function toMicroseconds(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000
}

/** One model as `GET /models` has it. */
export async function describeOneModel(catalog: Catalog, engine: Engine, id: string): Promise<object> {
  const usage = engine.usage().find(({ model }) => model === id)
  const entry = catalog.entries().find(({ manifest }) => manifest.id === id)!
  return describeModel(entry, usage, (await readQuality())(id))
}

async function describeModels(catalog: Catalog, engine: Engine): Promise<object[]> {
  const usage = new Map(engine.usage().map((entry) => [entry.model, entry]))
  const qualityOf = await readQuality()
  return catalog
    .entries()
    .map((entry) => describeModel(entry, usage.get(entry.manifest.id), qualityOf(entry.manifest.id)))
}

function describeModel(
  { manifest, aliases }: CatalogEntry,
  usage: ModelUsage | undefined,
  quality: QualityNote,
): object {
  return {
    id: manifest.id,
    aliases,
    task: manifest.task,
    dimensions: manifest.dimensions,
    matryoshka: manifest.matryoshka,
    maxTokens: manifest.maxTokens,
    languages: manifest.languages,
    license: manifest.license,
    precision: manifest.precision,
    revision: vectorRevision(manifest),
    similarity: manifest.similarity,
    bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    loaded: usage?.loaded ?? false,
    memoryBytes: usage?.memoryBytes ?? 0,
    loads: usage?.loads ?? 0,
    evictions: usage?.evictions ?? 0,
    lastUsedAt: usage?.lastUsedAt ? new Date(usage.lastUsedAt).toISOString() : null,
    ...(manifest.deprecated && { deprecated: manifest.deprecated }),
    ...(manifest.learned && { learned: manifest.learned }),
    quality,
  }
}
