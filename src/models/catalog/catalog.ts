import type { Context } from '../../context.ts'
import { AppError, toAppError } from '../../errors.ts'
import { didYouMean, nearestNames } from '../../nearest.ts'
import type { CatalogModel, Manifest } from './manifest.ts'
import { createRepositories } from './repositories.ts'

/** A model of the catalog with every alias that leads to it. */
export interface CatalogEntry {
  readonly manifest: Manifest
  readonly aliases: readonly string[]
}

/** The models that can be asked for by id or alias, or by the repository that they are from. */
export interface Catalog {
  /** @throws AppError `unknown_model` with the nearest names, `artifact_missing` for a model that was never pulled */
  resolve(name: string): Manifest
  /** The models that can be loaded, in the order of the manifests. */
  entries(): readonly CatalogEntry[]
  /**
   * Looks in sources elsewhere for the names that {@link resolve} was asked for in vain; whether any is known now. Absent
   * where nothing but the catalog counts.
   *
   * @throws AppError as the sources do
   */
  discover?(context: Context): Promise<boolean>
  /** Looks for every model that sources describe, so that {@link entries} has it; what was wrong, in sentences. */
  scan?(context?: Context): Promise<readonly string[]>
}

/** What else a catalog knows. */
interface CatalogOptions {
  /** Further aliases, by name; or existing ones that are to lead elsewhere. */
  readonly overrides?: Readonly<Record<string, string>>
  /** Models with names of their own that cannot be loaded before they are pulled. */
  readonly unpinned?: readonly CatalogModel[]
}

/**
 * Indexes manifests by id and alias.
 *
 * @throws AppError `invalid_request` when two models claim a name, or an alias leads nowhere
 */
export function createCatalog(
  manifests: readonly Manifest[],
  { overrides = {}, unpinned = [] }: CatalogOptions = {},
): Catalog {
  const byName = createNames([...manifests, ...unpinned], overrides)
  const repositories = createRepositories<CatalogModel>([...manifests, ...unpinned])
  const loadable = new Set<CatalogModel>(manifests)
  const isLoadable = (model: CatalogModel): model is Manifest => loadable.has(model)
  return {
    resolve(name) {
      const model = byName.get(name) ?? repositories.find(name) ?? lookUp(byName, name)
      if (isLoadable(model)) return model
      throw neverPulled(model)
    },
    entries: () => manifests.map((manifest) => ({ manifest, aliases: aliasesOf(byName, manifest) })),
  }
}

/** Models by their ids and by every alias that leads to them. */
export function createNames<Model extends CatalogModel>(
  models: readonly Model[],
  overrides: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, Model> {
  const byName = new Map<string, Model>()
  for (const model of models) claim(byName, model.id, model)
  for (const model of models) {
    for (const alias of model.aliases) if (!Object.hasOwn(overrides, alias)) claim(byName, alias, model)
  }
  for (const [alias, target] of Object.entries(overrides))
    claim(byName, alias, targetOf(byName, alias, target))
  return byName
}

function targetOf<Model extends CatalogModel>(
  byName: ReadonlyMap<string, Model>,
  alias: string,
  target: string,
): Model {
  try {
    return lookUp(byName, target)
  } catch (cause) {
    const { code, message, details } = toAppError(cause)
    throw new AppError(code, `The setting MODEL_ALIASES has ${alias}=${target}: ${message}`, {
      details,
      cause,
    })
  }
}

/** Every alias that leads to a model. */
export function aliasesOf(byName: ReadonlyMap<string, CatalogModel>, model: CatalogModel): string[] {
  return [...byName].flatMap(([name, owner]) => (owner === model && name !== model.id ? [name] : []))
}

/** Every alias of a list that leads to a model, whose id it has. */
export function aliasesOn(aliases: ReadonlyMap<string, string>, id: string): string[] {
  return [...aliases].flatMap(([alias, target]) => (target === id ? [alias] : []))
}

function claim<Model extends CatalogModel>(byName: Map<string, Model>, name: string, model: Model): void {
  const owner = byName.get(name)
  if (owner) {
    throw new AppError(
      'invalid_request',
      `The catalog has two models for the name ${name}, ${owner.id} and ${model.id}; rename one or drop the alias.`,
    )
  }
  byName.set(name, model)
}

function neverPulled({ id, files, revision }: CatalogModel): AppError {
  const unknown = files.filter(({ sha256 }) => sha256 === undefined).map(({ path }) => path)
  const missing = [...(revision ? [] : ['revision']), ...unknown].join(', ')
  return new AppError(
    'artifact_missing',
    `Model ${id} was never pulled: the catalog does not know its ${missing || 'size'}; run "npm run models -- pull ${id}", then build and deploy again.`,
    { details: { field: 'model', model: id } },
  )
}

/** Names that tutorials for other services ask for. */
const HOSTED =
  /^(text-embedding-|text-similarity-|textembedding-|embed-|rerank-|voyage-|mistral-embed|gemini-embedding|amazon\.titan-embed|cohere\.)/i
/** More names would hide the sentence they are in. */
const MOST_NAMES = 8

/**
 * The model of a name.
 *
 * @throws AppError `unknown_model` with the nearest names; for a name of another service with the setting that adds it
 */
export function lookUp<Model extends CatalogModel>(byName: ReadonlyMap<string, Model>, name: string): Model {
  const model = byName.get(name)
  if (model) return model
  const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name
  const remedy = HOSTED.test(name) ? aliasRemedy(byName, shown) : didYouMean(name, byName.keys())
  throw new AppError(
    'unknown_model',
    `The catalog has no model "${shown}"${remedy || `; expected ${someOf([...byName.keys()])}.`} GET /models lists all.`,
    { details: { field: 'model', nearest: nearestNames(name, byName.keys()) } },
  )
}

function aliasRemedy(byName: ReadonlyMap<string, CatalogModel>, name: string): string {
  const task = /rerank/i.test(name) ? 'rerank' : 'embed'
  const target = [...byName.values()].find((model) => model.task === task)
  const example = target ? `, for instance MODEL_ALIASES=${name}=${target.id}` : ''
  return `, which is a model of another service; ask for one of this service, or let the name lead to one with the setting MODEL_ALIASES${example}.`
}

function someOf(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES
  return `one of ${names.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
