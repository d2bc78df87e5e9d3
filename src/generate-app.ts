import type { Addition } from './additions.ts'
import type { Config } from './config.ts'
import { problemOf, requireRuntime } from './generate-models.ts'
import { isCalled, openLanguageModels } from './generate-open.ts'
import { chatRoute } from './http/chat.ts'
import { hidePaths } from './http/paths.ts'
import type { Catalog } from './models/catalog/catalog.ts'
import type { CatalogGenerator } from './models/catalog/generator-manifest.ts'
import { knowingGenerators, resolveForChat } from './models/catalog/other-kind.ts'
import type { Engine } from './models/engine/engine.ts'
import { createChatService } from './services/chat/chat.ts'
import type { JudgeModels } from './services/judge/judge.ts'

/** Conversations, and language models that judge. */
interface GenerateAddition extends Addition {
  readonly judgeModels: JudgeModels
}

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
export function createGenerateApp(
  config: Config,
  parts: GenerateAppParts,
  program: string,
): GenerateAddition {
  const opened = openLanguageModels(config, parts.engine, program)
  const { models, catalog: generators, runtimeFolders, held } = opened
  const chat = createChatService({
    resolve(name) {
      const named = models.find(isCalled(name))
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
    judges: async () => opened.judges,
    judgeModels: opened.judges,
    start: async () => {},
    close: held.close,
  }
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
