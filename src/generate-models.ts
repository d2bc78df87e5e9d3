import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { parseGenerators } from './models/catalog/generator-file.ts'
import { type CatalogGenerator, toGeneratorManifest } from './models/catalog/generator-manifest.ts'
import { pinGenerators } from './models/catalog/generator-pins.ts'
import shipped from './models/catalog/generators.json' with { type: 'json' }
import type { ModelFiles, ModelPin } from './models/catalog/manifest.ts'
import { withRemoteModels } from './models/catalog/remote-models.ts'
import { openSources } from './models/engine/open.ts'
import { type Artifacts, keyOf, locateFolder } from './models/files/artifacts.ts'
import { createDiskCache } from './models/files/cache.ts'
import type { GeneratorParts } from './models/generate/parts.ts'
import { once, onceEach } from './once.ts'
import { readSecretAt } from './storage/secret-at.ts'

/** What pulls found out about models, by model; the build puts it in. */
declare const MODEL_PINS: Readonly<Record<string, ModelPin>> | undefined

/** What shows that llama.cpp is installed, apart from everything else. */
const LLAMA_PACKAGE = 'node_modules/node-llama-cpp/package.json'

/**
 * The language models that ship, those of LLM_CATALOG, and of both those at another server that GENERATE_MODELS names.
 *
 * @throws AppError `invalid_request` for a file that cannot be read, or is no list of language models
 */
export function readGenerators({ llmCatalog, generateModels }: Config): CatalogGenerator[] {
  return withRemoteModels(readCatalogs(llmCatalog), generateModels)
}

function readCatalogs(path: string | undefined): CatalogGenerator[] {
  const listed = parseGenerators(JSON.stringify(shipped), 'generators.json')
  const own = pinGenerators(listed, typeof MODEL_PINS === 'undefined' ? {} : MODEL_PINS)
  if (path === undefined) return own
  try {
    return [...own, ...parseGenerators(readFileSync(path, 'utf8'), path)]
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const message = `The file ${path} cannot be read; correct or unset LLM_CATALOG.`
    throw new AppError('invalid_request', message, { details: { field: 'LLM_CATALOG' }, cause })
  }
}

/** Folders whose `node_modules` may have node-llama-cpp, first to last. */
export function runtimeFoldersOf({ llmRuntime }: Config, program: string): string[] {
  const root = dirname(dirname(program))
  return [
    ...(llmRuntime === undefined ? [] : [llmRuntime]),
    dirname(program),
    root,
    join(root, 'layers', 'llm'),
    join(root, '.cache', 'llm'),
  ]
}

/** As much of a language model as its files need: its main file stands for the graph. */
function filesOf(model: CatalogGenerator): ModelFiles | undefined {
  const manifest = toGeneratorManifest(model)
  if (!manifest || manifest.runtime === 'remote') return undefined
  const { id, repo, source, revision, files } = manifest
  const graph = manifest.runtime === 'gguf' ? manifest.weights : manifest.decoder
  return { id, repo: source ?? repo, revision, files, graph }
}

/**
 * Finds files of language models in MODEL_SOURCES, and has them checked beside other work. What came from elsewhere is
 * held in the cache from then on.
 *
 * @throws AppError `artifact_missing`, `artifact_corrupt`, `upstream_failed`, `model_too_large` for the disk
 */
export function createFileFinder(config: Config, models: readonly CatalogGenerator[]) {
  const manifests = models.flatMap((model) => filesOf(model) ?? [])
  const { modelSources: sources, s3Endpoint, hubEndpoint, hubToken } = config
  const cacheSettings = { folder: config.modelCache, maxBytes: config.modelCacheBytes }
  const fetching = { cache: cacheSettings, s3Endpoint, hubEndpoint, hubToken }
  const locate = onceEach((id: string): Promise<Artifacts> => {
    const stores = openSources({ sources, manifests, fetching })
    const manifest = manifests.find((each) => each.id === id)!
    return locateFolder(manifest, stores, { cache: createDiskCache(cacheSettings), inTurns: true })
  })
  return async (id: string, path: string): Promise<string> => (await locate(id)).verifiedPath(path)
}

/** Whether a model needs llama.cpp, and none of the folders has it. */
function lacksRuntime({ runtime }: CatalogGenerator, runtimeFolders: readonly string[]): boolean {
  return runtime === 'gguf' && !runtimeFolders.some((folder) => existsSync(join(folder, LLAMA_PACKAGE)))
}

/**
 * Lets a model pass whose runtime is here: to pull gigabytes before would be for nothing.
 *
 * @throws AppError `runtime_missing`
 */
export function requireRuntime(model: CatalogGenerator, runtimeFolders: readonly string[]): void {
  if (!lacksRuntime(model, runtimeFolders)) return
  throw new AppError(
    'runtime_missing',
    `Model ${model.id} needs node-llama-cpp, which is not installed; run "node scripts/install-llm-runtime.mjs", or set LLM_RUNTIME to the folder that has it. Vectors and matches go on without it.`,
    { details: { field: 'model', model: model.id } },
  )
}

/**
 * Lets a model pass that runs here, or at GENERATE_ENDPOINT.
 *
 * @throws AppError `runtime_missing` for one that another server has, where none is set
 */
export function refuseAway({ id, runtime }: CatalogGenerator, { generateEndpoint }: Config): void {
  if (runtime !== 'remote' || generateEndpoint !== undefined) return
  throw new AppError('runtime_missing', `Model ${id} runs on another server; set GENERATE_ENDPOINT to it.`, {
    details: { field: 'model', model: id },
  })
}

/** The server of models that run elsewhere, if one is set; its key is read when the first of them is asked. */
export function endpointOf(config: Config): GeneratorParts['remote'] {
  const { generateEndpoint: endpoint, generateEndpointAllow: allow } = config
  if (endpoint === undefined) return undefined
  const key = keyOfEndpoint(config)
  return { endpoint, allow, ...(key && { key }) }
}

function keyOfEndpoint({ generateEndpointKey: key, generateEndpointKeyPlace: place }: Config) {
  if (key !== undefined) return async () => key
  return place && once(() => readSecretAt(place))
}

/**
 * Why a language model cannot be asked, in a sentence, as far as that shows without asking another machine; undefined
 * when nothing is known to be in the way.
 */
export function problemOf(
  model: CatalogGenerator,
  config: Config,
  runtimeFolders: readonly string[],
): string | undefined {
  if (model.runtime === 'remote') {
    return config.generateEndpoint === undefined
      ? 'It runs on another server: set GENERATE_ENDPOINT to that.'
      : undefined
  }
  if (lacksRuntime(model, runtimeFolders)) {
    return `Its runtime is not installed: run "node scripts/install-llm-runtime.mjs", or set LLM_RUNTIME to the folder that has it.`
  }
  const files = filesOf(model)
  const pull = `run "npm run models -- pull ${model.id}".`
  if (!files) return `It was never pulled: ${pull}`
  // Sources elsewhere are asked when the model is.
  const isFolder = (source: string) => !/^(s3|https?|hf):/.test(source)
  const isThere = (source: string) => existsSync(join(source, keyOf(files, files.graph)))
  const { modelSources } = config
  if (!modelSources.every(isFolder) || modelSources.some(isThere)) return undefined
  return `Its files are in none of ${modelSources.join(', ')}: ${pull}`
}
