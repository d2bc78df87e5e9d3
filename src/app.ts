import { readFileSync } from 'node:fs'
import type { Addition } from './additions.ts'
import { openCollections } from './collection-places.ts'
import type { Config } from './config.ts'
import { type Context, createContext } from './context.ts'
import { AppError, toAppError } from './errors.ts'
import { createHttpApp, type HttpApp } from './http/app.ts'
import type { Token } from './http/auth.ts'
import { type KeptToken, keepToken } from './http/kept-token.ts'
import { createReadiness } from './http/readiness.ts'
import type { ListedGenerators } from './http/route.ts'
import { judgeSettingsOf } from './judge-settings.ts'
import { createRefusalLog, logError, logLeft, withInputLog } from './log.ts'
import shipped from './models/catalog/catalog.json' with { type: 'json' }
import { type Catalog, createCatalog, createNames } from './models/catalog/catalog.ts'
import { withDiscovery } from './models/catalog/discovery.ts'
import { FOLDER_ID } from './models/catalog/learned.ts'
import { type PinnedCatalog, pinModels, withDerived } from './models/catalog/lock.ts'
import type { CatalogModel, DerivedFile, ModelPin } from './models/catalog/manifest.ts'
import { parseCatalog } from './models/catalog/manifest-file.ts'
import type { Engine } from './models/engine/engine.ts'
import { type EngineSettings, openEngine } from './models/engine/open.ts'
import { isElsewhere } from './models/files/remote-manifests.ts'
import { createShelf } from './models/files/shelf.ts'
import { createThreadPool } from './models/threads/thread-pool.ts'
import { parseSkillSynonyms } from './services/match/skills/file.ts'
import { createServices } from './services/services.ts'
import { openStore } from './storage/open.ts'
import { readSecretAt } from './storage/secret-at.ts'

/** Files that were made from the models when the layers were built, by model; the build puts them in. */
declare const DERIVED_FILES: Readonly<Record<string, readonly DerivedFile[]>> | undefined
/** What pulls found out about models, by model; the build puts it in. */
declare const MODEL_PINS: Readonly<Record<string, ModelPin>> | undefined

/**
 * The whole program without its entry point, which is a Lambda handler or the Node server. Nothing is loaded until it
 * is needed.
 */
export interface App {
  readonly http: HttpApp
  /** What callers must send as a bearer token; everyone is served without one. */
  readonly token?: Token | undefined
  /** Loads the models that the configuration names. */
  preload(writeMetrics?: (context: Context) => void): Promise<void>
  /** Has the default model and those of PRELOAD_MODELS in memory, and answers their ids. */
  warm(context: Context): Promise<readonly string[]>
  /** Says from now on that no further requests should come: the process is about to stop. */
  drain(): void
  /** Why no requests should come, in a sentence, as `/ready` has it. */
  unready(): string | undefined
  /** What only a restart of the process can repair, in a sentence. */
  problem(): string | undefined
  /** Language models, where the door has some. */
  readonly generators?: Pick<ListedGenerators, 'inProgress'> | undefined
  /** What models have done so far, and how many jobs wait for a worker. */
  readonly engine: Pick<Engine, 'usage' | 'waiting'>
  /** Releases models and ends workers. */
  close(): Promise<void>
}

/**
 * An app that runs models in this thread, for a process that serves one request at a time.
 *
 * @param add what the door adds
 */
export function createApp(config: Config, add?: (core: Core) => Addition): App {
  return assemble(config, openEngine, add)
}

/**
 * An app that runs models in worker threads, each of them running the program at `script`.
 *
 * @param add what the door adds
 */
export function createThreadedApp(config: Config, script: string, add?: (core: Core) => Addition): App {
  const { workers, queueLimit, runLimitMs } = config
  const open = (settings: EngineSettings) =>
    createThreadPool({ script, settings, workers, queueLimit, runLimitMs })
  return assemble(config, open, add)
}

/** What every program of the project is made of. */
export interface Core {
  readonly catalog: Catalog
  readonly engine: Engine
  /** Ids, or a name that a source elsewhere is to have: see {@link resolveSetting}. */
  readonly defaultModel: string
  readonly preloadModels: readonly string[]
}

/** The catalog and the engine that a configuration asks for, the engine in this thread unless `open` has another. */
export function openCore(config: Config, open: (settings: EngineSettings) => Engine = openEngine): Core {
  const { manifests, unpinned } = readModels(config)
  const opened = open({
    manifests,
    sources: config.modelSources,
    fetching: {
      cache: { folder: config.modelCache, maxBytes: config.modelCacheBytes },
      s3Endpoint: config.s3Endpoint,
      hubEndpoint: config.hubEndpoint,
      hubToken: config.hubToken,
    },
    budgetBytes: config.modelBudgetBytes,
    threads: config.threads,
    tokenBudget: config.tokenBudget,
  })
  const engine = config.logInputs ? withInputLog(opened) : opened
  const catalog = openCatalog(config, { manifests, unpinned }, engine)
  const defaultModel = resolveSetting(config, catalog, 'DEFAULT_MODEL', config.defaultModel)
  const preloadModels = config.preloadModels.map((name) =>
    resolveSetting(config, catalog, 'PRELOAD_MODELS', name),
  )
  return { catalog, engine, defaultModel, preloadModels }
}

/** The catalog with the models that describe themselves in the sources, none of which is looked at here. */
function openCatalog(config: Config, { manifests, unpinned }: PinnedCatalog, engine: Engine): Catalog {
  const { modelAliases, modelSources, s3Endpoint, hubEndpoint: endpoint } = config
  // Aliases of models that no catalog has; those of the catalog are its own to check.
  const aliases = Object.entries(modelAliases)
  const names = new Set(aliases.length === 0 ? [] : createNames([...manifests, ...unpinned]).keys())
  const isOpen = ([alias, target]: readonly [string, string]) =>
    FOLDER_ID.test(target) && !names.has(target) && !Object.hasOwn(modelAliases, target) && !isId(alias)
  const isId = (name: string) => manifests.some(({ id }) => id === name)
  const open = Object.fromEntries(aliases.filter(isOpen))
  const overrides = Object.fromEntries(aliases.filter((entry) => !isOpen(entry)))
  const catalog = createCatalog(manifests, { overrides, unpinned })
  const shelf = createShelf({
    catalog,
    sources: modelSources,
    open: (source) => openStore(source, { s3Endpoint, hub: { endpoint, locate: () => undefined } }),
    aliases: open,
    complete: (manifest) => withDerived([manifest], derivedFiles())[0]!,
    admit: (manifest) => engine.admit?.(manifest),
  })
  for (const alias of Object.keys(open)) resolveSetting(config, shelf, 'MODEL_ALIASES', alias)
  return shelf
}

function assemble(
  config: Config,
  open: (settings: EngineSettings) => Engine,
  add?: (core: Core) => Addition,
): App {
  const core = openCore(config, open)
  const { engine, defaultModel, preloadModels } = core
  const addition = add?.(core)
  const { catalog = core.catalog, generators, judges } = addition ?? {}
  const judge = judges && { models: judges, settings: judgeSettingsOf(config) }
  const [collections, skillSynonyms] = [openCollections(config), readSkillSynonyms(config)]
  const kept = keptToken(config)
  const token = kept?.token ?? config.authToken
  const readiness = createReadiness(engine, preloadModels, kept)
  return {
    token,
    engine,
    generators,
    unready: readiness.reason,
    drain: readiness.drain,
    problem: () => engine.problem?.(),
    http: createHttpApp({
      ...createServices({ catalog, engine, defaultModel, collections, skillSynonyms, judge }),
      catalog,
      generators,
      engine,
      defaultModel,
      limits: config,
      unready: readiness.reason,
      askable: readiness.askable,
      token,
      namedTokens: config.authTokens,
      corsOrigins: config.corsOrigins,
      onError: logError,
      full: () => engine.full?.(),
      onRefused: createRefusalLog(),
      onLeft: logLeft,
      basePath: config.basePath,
      more: addition?.routes,
    }),
    async preload(writeMetrics) {
      const context = createContext({ requestId: 'preload' })
      await engine.preload(await findModels(core, context), context)
      readiness.loaded()
      writeMetrics?.(context)
      await addition?.start()
    },
    async warm(context) {
      const names = [...new Set([defaultModel, ...preloadModels])]
      const models = await findModels({ catalog, preloadModels: names }, context)
      await engine.preload(models, context)
      return models
    },
    async close() {
      await addition?.close()
      await engine.close()
      await collections?.close()
    },
  }
}

/**
 * The ids of the models to preload, those among them that only a source elsewhere knows.
 *
 * @throws AppError `unknown_model` for one that none has, and as the sources do
 */
export async function findModels(
  { catalog, preloadModels }: Pick<Core, 'catalog' | 'preloadModels'>,
  context: Context,
): Promise<string[]> {
  const ids: string[] = []
  for (const name of preloadModels)
    ids.push((await withDiscovery(catalog, context, () => catalog.resolve(name))).id)
  return ids
}

/** A reader of the token that is at work from the start, beside the loading of models. */
function keptToken({ authTokenPlace: place }: Config): KeptToken | undefined {
  const failed = (cause: unknown) => logError(toAppError(cause), createContext({ requestId: 'token' }))
  return place && keepToken(() => readSecretAt(place), failed)
}

function readModels({ modelCatalog }: Config): PinnedCatalog {
  // The types of JSON know no literals; a test holds the shipped catalog to the schema.
  const models = shipped as CatalogModel[]
  const more =
    modelCatalog === undefined ? [] : parseCatalog(readNamedFile('MODEL_CATALOG', modelCatalog), modelCatalog)
  const { manifests, unpinned } = pinModels(
    [...models, ...more],
    typeof MODEL_PINS === 'undefined' ? {} : MODEL_PINS,
  )
  return { manifests: withDerived(manifests, derivedFiles()), unpinned }
}

function derivedFiles(): Readonly<Record<string, readonly DerivedFile[]>> {
  return typeof DERIVED_FILES === 'undefined' ? {} : DERIVED_FILES
}

/** Read at the start, so that a mistake in the file shows then and not with the first request. */
function readSkillSynonyms({ skillSynonyms: path }: Config): string[][] {
  return path === undefined ? [] : parseSkillSynonyms(readNamedFile('SKILL_SYNONYMS', path), path)
}

function readNamedFile(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const message = `The file ${path} cannot be read; correct or unset ${setting}.`
    throw new AppError('invalid_request', message, { details: { field: setting }, cause })
  }
}

/**
 * The id of the model that a setting names. A misspelled name shows at the start, not with the first request; but where a
 * source elsewhere may have the model, the name stands until then: no source is asked at the start.
 */
function resolveSetting(
  { modelSources }: Pick<Config, 'modelSources'>,
  catalog: Catalog,
  setting: string,
  name: string,
): string {
  try {
    return catalog.resolve(name).id
  } catch (cause) {
    const { code, message, details } = toAppError(cause)
    if (code === 'unknown_model' && FOLDER_ID.test(name) && modelSources.some(isElsewhere)) return name
    throw new AppError(code, `The setting ${setting} is wrong: ${message}`, { details, cause })
  }
}
