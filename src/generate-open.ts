import type { Config } from './config.ts'
import {
  createFileFinder,
  endpointOf,
  readGenerators,
  refuseAway,
  requireRuntime,
  runtimeFoldersOf,
} from './generate-models.ts'
import type { CatalogGenerator, GeneratorManifest } from './models/catalog/generator-manifest.ts'
import { createGeneratorCatalog, type GeneratorCatalog } from './models/catalog/generators.ts'
import type { Engine } from './models/engine/engine.ts'
import { createOpenGenerators, type OpenGenerators } from './services/chat/open-generators.ts'
import type { JudgeModels } from './services/judge/judge.ts'

/** A language model of this machine has a process, and gigabytes, of its own. */
const MOST_LOCAL = 1

/** The language models of one process, of which nothing is loaded, and no file looked at, before one is asked. */
export interface LanguageModels {
  readonly models: readonly CatalogGenerator[]
  readonly catalog: GeneratorCatalog
  /** Folders whose `node_modules` may have node-llama-cpp. */
  readonly runtimeFolders: readonly string[]
  /** The same for conversations and for judges, so that a machine has one model in memory. */
  readonly held: OpenGenerators<GeneratorManifest>
  readonly judges: JudgeModels
}

/**
 * Language models of this machine and of GENERATE_ENDPOINT.
 *
 * @param engine whose models have a part of the memory
 * @param program the program of the process that runs llama.cpp
 * @throws AppError `invalid_request` for a wrong LLM_CATALOG
 */
export function openLanguageModels(
  config: Config,
  engine: Pick<Engine, 'usage'>,
  program: string,
): LanguageModels {
  const models = readGenerators(config)
  const catalog = createGeneratorCatalog(models)
  const runtimeFolders = runtimeFoldersOf(config, program)
  const open = openerOf(config, engine, { models, runtimeFolders, program })
  const held = createOpenGenerators({ open, mostLocal: MOST_LOCAL })
  return {
    models,
    catalog,
    runtimeFolders,
    held,
    judges: {
      resolve(name) {
        const named = models.find(isCalled(name))
        if (named?.tasks.includes('judge')) {
          requireRuntime(named, runtimeFolders)
          refuseAway(named, config)
        }
        return catalog.resolve(name, 'judge')
      },
      use: (manifest, context, work) => held.use(manifest, context, work),
    },
  }
}

/** Whether a model is called so, by its id, an alias or its repository, in any capitals. */
export function isCalled(name: string): (model: CatalogGenerator) => boolean {
  const asked = name.toLowerCase()
  return ({ id, aliases, repo }) => [id, ...aliases, repo].some((own) => own.toLowerCase() === asked)
}

/** Opens models with what the settings allow, of which nothing is loaded before. */
function openerOf(
  config: Config,
  engine: Pick<Engine, 'usage'>,
  place: {
    readonly models: readonly CatalogGenerator[]
    readonly runtimeFolders: readonly string[]
    readonly program: string
  },
) {
  const remote = endpointOf(config)
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
      ...(remote && { remote }),
    })
  }
}

const usedBytes = (engine: Pick<Engine, 'usage'>) =>
  engine.usage().reduce((sum, { memoryBytes }) => sum + memoryBytes, 0)
