import { readConfig } from '../../src/config.ts'
import { AppError } from '../../src/errors.ts'
import { toManifest } from '../../src/models/catalog/lock.ts'
import { expectedMemory, fileBytesOf } from '../../src/models/engine/memory.ts'
import { LAMBDA_BYTES } from '../layers/sizes.ts'
import { type Facts, type Finding, good, type NeededModel, problem, warning } from './findings.ts'
import { LAYER_MODELS } from './mounts.ts'
import type { Parameters } from './parameters.ts'

const MEGABYTE = 1024 * 1024

/** Functions with a size of their own; `split` has that of `batch`. */
const SIZED = ['embed', 'match', 'batch'] as const

/** The hub does not have models that were trained here. */
const OWN_REPOSITORY = 'serverless-embeddings/'

/** What is wrong with the models that a deployment names: unknown, in no source, not pulled, or too large. */
export function diagnoseModels(facts: Facts, parameters: Parameters): Finding[] {
  const { layered, named, findings } = resolveAll(facts, parameters)
  return [
    ...findings,
    ...layered.flatMap((needed) => diagnosePull(facts, needed)),
    ...named.flatMap((needed) => diagnoseSource(parameters, needed, layered)),
    ...diagnoseLayerSize(facts, parameters, layered),
    ...distinct(named).flatMap((needed) => diagnoseRoom(parameters, needed, layered)),
  ]
}

interface Resolved {
  /** In the layer. */
  readonly layered: readonly NeededModel[]
  /** Loaded for certain, or by an alias of this deployment. */
  readonly named: readonly NeededModel[]
  readonly findings: readonly Finding[]
}

function resolveAll(facts: Facts, parameters: Parameters): Resolved {
  const { layerModels, defaultModel, preload, modelAliases } = parameters
  const own = new Map((modelAliases ?? []).map((pair) => pair.split('=') as [string, string]))
  const findings: Finding[] = []
  const resolve = (need: string, name: string): NeededModel[] => {
    try {
      const model = facts.findModel(own.get(name) ?? name)
      return [{ need, model, manifest: toManifest(model) }]
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      findings.push(problem(`${need}: ${error.message}`))
      return []
    }
  }
  const layered = layerModels.flatMap((name) => resolve(`layerModels=${name}`, name))
  const named = [
    ...resolve(`defaultModel=${defaultModel}`, defaultModel),
    ...(preload ?? []).flatMap((name) => resolve(`preload=${name}`, name)),
    ...[...own].flatMap(([alias, target]) => resolve(`modelAliases=${alias}=${target}`, target)),
  ]
  return { layered, named, findings }
}

/** Layers are made of files that are pulled and proven. */
function diagnosePull({ isPulled }: Facts, { need, model, manifest }: NeededModel): Finding[] {
  if (manifest && isPulled(model)) return [good(`${need}: the files of ${model.id} are here`)]
  return [problem(`${need}: ${model.id} is not here; run "npm run models -- pull ${model.id}".`)]
}

function diagnoseSource(
  { modelSources, modelBucket, layerModels }: Parameters,
  { need, model }: NeededModel,
  layered: readonly NeededModel[],
): Finding[] {
  const inLayer = modelSources.includes(LAYER_MODELS) && layered.some((other) => other.model.id === model.id)
  if (inLayer) return [good(`${need}: ${model.id} comes from the layer`)]
  const trainedHere = model.repo.startsWith(OWN_REPOSITORY)
  const others = [
    ...modelSources.filter((source) => source !== LAYER_MODELS && !(trainedHere && source === 'hf:')),
    ...(modelBucket ? ['modelBucket'] : []),
  ]
  if (others.length > 0) return [good(`${need}: ${model.id} is looked for in ${others.join(', ')}`)]
  return [
    problem(
      `${need}: no source has ${model.id}; the layer has ${layerModels.join(', ')}. Add it to layerModels, or add a source to modelSources.`,
    ),
  ]
}

function diagnoseLayerSize(
  { runtimeBytes, functionBytes = 0 }: Facts,
  { architecture }: Parameters,
  layered: readonly NeededModel[],
): Finding[] {
  const runtime = runtimeBytes(architecture)
  if (runtime === undefined) {
    return [problem(`The ONNX runtime for linux/${architecture} is not installed; run "npm ci".`)]
  }
  const models = distinct(layered).map(({ model, manifest }) => ({
    id: model.id,
    bytes: manifest ? fileBytesOf(manifest) : 0,
  }))
  const total = models.reduce((sum, { bytes }) => sum + bytes, runtime + functionBytes)
  const margin = `${megabytes(total)} of ${megabytes(LAMBDA_BYTES)} MB`
  if (total <= LAMBDA_BYTES) return [good(`A function with its layers has ${margin}`)]
  const largest = [...models].sort((one, other) => other.bytes - one.bytes)
  const parts = largest.map(({ id, bytes }) => `${id} ${megabytes(bytes)} MB`).join(', ')
  return [
    problem(
      `A function with its layers would have ${margin} (${parts}); take models out of layerModels and serve them from modelBucket.`,
    ),
  ]
}

/** A model has to fit into the memory of each function, and into /tmp unless it is used where it lies. */
function diagnoseRoom(
  parameters: Parameters,
  { model, manifest }: NeededModel,
  layered: readonly NeededModel[],
): Finding[] {
  if (!manifest) return [warning(`${model.id} was never pulled, so nobody knows whether it fits.`)]
  const wanted = expectedMemory(manifest)
  const file = megabytes(fileBytesOf(manifest))
  const copied = !layered.some((other) => other.model.id === model.id)
  return SIZED.flatMap((name) => {
    const memory = parameters[`${name}Memory`]
    const storage = parameters[`${name}Storage`]
    const budget = modelBudget(name, memory, parameters.collections)
    return [
      ...(wanted > budget
        ? [
            problem(
              `${model.id} takes about ${megabytes(wanted)} MB; ${name}Memory=${memory} leaves ${megabytes(budget)} MB to models; raise it.`,
            ),
          ]
        : []),
      ...(copied && file > storage
        ? [problem(`${model.id} has ${file} MB, more than /tmp: ${name}Storage=${storage}; raise it.`)]
        : []),
    ]
  })
}

function distinct(needed: readonly NeededModel[]): NeededModel[] {
  return [...new Map(needed.map((entry) => [entry.model.id, entry])).values()]
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / MEGABYTE)
}

/** Bytes that a function has for models, as it reckons itself. */
function modelBudget(name: (typeof SIZED)[number], memory: number, collections: string | null): number {
  const environment = {
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
    // Collections have a share of the memory where they are searched in it.
    ...(name === 'match' && { COLLECTIONS: collections ?? '/collections' }),
  }
  return readConfig(environment, { memoryBytes: memory * MEGABYTE, processors: 1, root: '/' })
    .modelBudgetBytes
}
