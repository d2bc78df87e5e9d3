import type { Addition } from './additions.ts'
import type { Config } from './config.ts'
import {
  createFileFinder,
  problemOf,
  readGenerators,
  requireRuntime,
  runtimeFoldersOf,
} from './generate-models.ts'
import { chatRoute } from './http/chat.ts'
import { hidePaths } from './http/paths.ts'
import type { Catalog } from './models/catalog/catalog.ts'
import type { CatalogGenerator, GeneratorManifest } from './models/catalog/generator-manifest.ts'
import { createGeneratorCatalog } from './models/catalog/generators.ts'
import { knowingGenerators, resolveForChat } from './models/catalog/other-kind.ts'
import type { Engine } from './models/engine/engine.ts'
import { once } from './once.ts'
import { createChatService } from './services/chat/chat.ts'
import { createOpenGenerators } from './services/chat/open-generators.ts'
import { readSecretAt } from './storage/secret-at.ts'

/** A language model of this machine has a process, and gigabytes, of its own. */
const MOST_LOCAL = 1

/** What language models need of the app around them. */
interface GenerateAppParts {
  readonly catalog: Catalog
  /** Whose models have a part of the memory. */
  readonly engine: Pick<Engine, 'usage'>
}

/**
 * Conversations with language models. Nothing of a runtime is loaded, and no file looked at, before a model is asked.
 *
 * @param program the program of the process that runs llama.cpp
 * @throws AppError `invalid_request` for a wrong LLM_CATALOG
 */
export function createGenerateApp(config: Config, parts: GenerateAppParts, program: string): Addition {
  const models = readGenerators(config)
  const generators = createGeneratorCatalog(models)
  const runtimeFolders = runtimeFoldersOf(config, program)
  const open = openerOf(config, parts, { models, runtimeFolders, program })
  const held = createOpenGenerators({ open, mostLocal: MOST_LOCAL })
  const chat = createChatService({
    resolve(name) {
      const named = models.find(({ id, aliases, repo }) => [id, ...aliases, repo].some(isSame(name)))
      if (named?.tasks.includes('chat')) requireRuntime(named, runtimeFolders)
      return resolveForChat(name, generators, parts.catalog)
    },
    generators: held,
    timeoutMs: config.llmTimeoutMs,
  })
  const chatting = models.filter(({ tasks }) => tasks.includes('chat'))
  return {
    routes: [chatRoute({ chat, limits: config })],
    catalog: knowingGenerators(parts.catalog, generators),
    generators: {
      names: () => chatting.flatMap(({ id, aliases }) => [id, ...aliases]),
      describe: () => models.map((model) => describe(model, problemOf(model, config, runtimeFolders))),
      inProgress: held.inProgress,
    },
    judges: {
      resolve: (name) => generators.resolve(name, 'judge'),
      use: (manifest, context, work) => held.use(manifest, context, work),
    },
    start: async () => {},
    close: held.close,
  }
}

const isSame = (name: string) => (other: string) => other.toLowerCase() === name.toLowerCase()

/** Opens models with what the settings allow, of which nothing is loaded before. */
function openerOf(
  config: Config,
  { engine }: GenerateAppParts,
  place: {
    readonly models: readonly CatalogGenerator[]
    readonly runtimeFolders: readonly string[]
    readonly program: string
  },
) {
  const { generateEndpoint: endpoint, generateEndpointAllow: allow } = config
  const key = keyOf(config)
  const find = createFileFinder(config, place.models)
  return async (manifest: GeneratorManifest) => {
    const { openGenerator } = await import('./models/generate/open.ts')
    return openGenerator(manifest, {
      fileAt: (path) => find(manifest.id, path),
      llamaProgram: place.program,
      runtimeFolders: place.runtimeFolders,
      threads: config.llmThreads,
      contextTokens: Math.min(config.llmContext, manifest.contextTokens),
      chunkTokens: config.llmChunk,
      queueLimit: config.llmQueue,
      availableBytes: Math.max(0, config.modelBudgetBytes - usedBytes(engine)),
      ...(endpoint !== undefined && { remote: { endpoint, allow, ...(key && { key }) } }),
    })
  }
}

/** Read when the first model of another server is asked. */
function keyOf({ generateEndpointKey: key, generateEndpointKeyPlace: place }: Config) {
  if (key !== undefined) return async () => key
  return place && once(() => readSecretAt(place))
}

function describe(model: CatalogGenerator, problem: string | undefined): object {
  const { id, aliases, tasks, runtime, repo, contextTokens, parameters, languages, license, remarks } = model
  const files = model.runtime === 'remote' ? [] : model.files
  return {
    ...{ id, aliases, task: 'generate', tasks, runtime, repo, contextTokens, parameters },
    ...{ languages, license, remarks },
    bytes: files.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    ...(model.deprecated && { deprecated: model.deprecated }),
    problem: problem === undefined ? null : hidePaths(problem),
  }
}

const usedBytes = (engine: GenerateAppParts['engine']) =>
  engine.usage().reduce((sum, { memoryBytes }) => sum + memoryBytes, 0)
