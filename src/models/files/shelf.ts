import { resolve as resolvePath } from 'node:path'
import { type Context, createContext } from '../../context.ts'
import { AppError, toAppError } from '../../errors.ts'
import { nearestNames } from '../../nearest.ts'
import { parseSource } from '../../storage/source.ts'
import type { Store } from '../../storage/store.ts'
import { aliasesOn, type Catalog, type CatalogEntry } from '../catalog/catalog.ts'
import { FOLDER_ID, isAdapted, misfit } from '../catalog/learned.ts'
import type { Manifest } from '../catalog/manifest.ts'
import { listModelFolders, readModelFolder } from './model-folders.ts'
import { createRemoteManifests, type RemoteManifests } from './remote-manifests.ts'

/** What a shelf is made of. */
export interface ShelfParts {
  readonly catalog: Catalog
  /** Places of models as in MODEL_SOURCES, asked in order. */
  readonly sources: readonly string[]
  /** Opens a source that does not lie on this disk; called when one is first asked. */
  readonly open: (source: string) => Store
  /** Aliases that lead to models which no catalog has: model by alias. */
  readonly aliases: Readonly<Record<string, string>>
  /** Adds what a build found out about a model. */
  readonly complete: (manifest: Manifest) => Manifest
  /** Makes a model that was found known to the engine, before it is first named to it. */
  readonly admit: (manifest: Manifest) => void
}

/** Names that nothing here knows and that wait to be looked for elsewhere. */
const MOST_MISSED = 1000

/**
 * A catalog, and behind it the models that describe themselves in `<source>/<id>/manifest.json`. The catalog comes first: a
 * name that it knows never leads elsewhere, and costs no look at any folder. A folder on this disk is looked at when a
 * name is asked for that the catalog does not know; a source elsewhere in {@link Catalog.discover}. What was found stays
 * as it was found until the process ends, as the catalog does.
 */
export function createShelf(parts: ShelfParts): Catalog {
  const { catalog, sources, open } = parts
  const folders = sources.flatMap((source) => {
    const place = parseSource(source)
    return place?.kind === 'directory' ? [resolvePath(place.folder)] : []
  })
  const aliases = new Map(Object.entries(parts.aliases))
  const finder = createFinder(parts, folders, aliases)
  const { found, missed, knows, keep, findHere } = finder
  const remote = createRemoteManifests(sources, open)
  const discover = (context: Context) => discoverMissed({ missed, knows, keep, remote }, context)
  return {
    resolve: finder.resolve,
    discover,
    entries: () => [
      ...catalog.entries().map((entry) => withoutTaken(entry, aliases)),
      ...Array.from(found.values(), (manifest) => ({ manifest, aliases: aliasesOn(aliases, manifest.id) })),
    ],
    async scan(context = createContext()) {
      const { ids: there, problems: unlisted } = await remote.list(context)
      const problems = [...unlisted]
      const here = folders.flatMap(listModelFolders)
      for (const id of new Set([...here, ...there])) {
        try {
          if (!knows(id) && !findHere(id) && there.includes(id)) missed.add(id)
        } catch (error) {
          problems.push(toAppError(error).message)
        }
      }
      await discover(context).catch((error) => problems.push(toAppError(error).message))
      return problems
    },
  }
}

/** Finds models by name: those of the catalog, those that were found before, those of the folders. */
function createFinder(
  { catalog, admit, complete }: ShelfParts,
  folders: readonly string[],
  aliases: ReadonlyMap<string, string>,
) {
  const found = new Map<string, Manifest>()
  const missed = new Set<string>()
  /** Takes a model onto the shelf, once it is known to fit its base. */
  const keep = (manifest: Manifest): Manifest => {
    const base = isAdapted(manifest) ? findBase(manifest.learned.base) : undefined
    const problem = misfit(manifest, base)
    if (problem !== undefined) throw unfit(manifest.id, problem)
    const whole = complete(base?.derived ? { ...manifest, derived: base.derived } : manifest)
    found.set(manifest.id, whole)
    admit(whole)
    return whole
  }
  const findHere = (id: string): Manifest | undefined => {
    for (const folder of folders) {
      const manifest = readModelFolder(folder, id)
      if (manifest) return keep(manifest)
    }
    return undefined
  }
  const resolve = (name: string): Manifest => {
    const id = aliases.get(name) ?? name
    const known = found.get(id)
    if (known) return known
    try {
      return catalog.resolve(id)
    } catch (error) {
      if (!isUnknown(error) || !FOLDER_ID.test(id)) throw error
      const here = findHere(id)
      if (here) return here
      if (missed.size < MOST_MISSED) missed.add(id)
      throw withNearest(error, id, [...found.keys(), ...folders.flatMap(listModelFolders)])
    }
  }
  const findBase = (id: string): Manifest | undefined => {
    try {
      return resolve(id)
    } catch (error) {
      if (isUnknown(error)) return undefined
      throw error
    }
  }
  const knows = (id: string) => found.has(id) || isKnown(catalog, id)
  return { found, missed, keep, findHere, resolve, knows }
}

/** What a look into sources elsewhere takes. */
interface Missed {
  readonly missed: Set<string>
  readonly knows: (id: string) => boolean
  readonly keep: (manifest: Manifest) => Manifest
  readonly remote: RemoteManifests
}

/** Looks for what was asked for in vain, bases before what was learned on them; whether anything was found. */
async function discoverMissed({ missed, knows, keep, remote }: Missed, context: Context): Promise<boolean> {
  const wanted = [...missed]
  missed.clear()
  let any = false
  for (const id of wanted) {
    const manifest = await remote.find(id, context)
    if (!manifest) continue
    const base = isAdapted(manifest) ? manifest.learned.base : undefined
    const below = base === undefined || knows(base) ? undefined : await remote.find(base, context)
    if (below) keep(below)
    // Someone else may have brought it meanwhile.
    if (!knows(id)) keep(manifest)
    any = true
  }
  return any
}

function isKnown(catalog: Catalog, id: string): boolean {
  try {
    catalog.resolve(id)
    return true
  } catch (error) {
    return !isUnknown(error)
  }
}

function isUnknown(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'unknown_model'
}

/** The error of an unknown name, with the nearest models of the folders where they are nearer than what it names. */
function withNearest(error: AppError, name: string, here: readonly string[]): AppError {
  const named = Array.isArray(error.details.nearest) ? error.details.nearest : []
  const nearest = nearestNames(name, [...here, ...named])
  if (!here.includes(nearest[0] ?? '')) return error
  const meant = nearest.map((one) => `"${one}"`).join(' or ')
  return new AppError(
    'unknown_model',
    `The catalog has no model "${name}"; did you mean ${meant}? GET /models lists all.`,
    { details: { ...error.details, nearest } },
  )
}

/** An entry without the aliases that were made to lead elsewhere. */
function withoutTaken({ manifest, aliases }: CatalogEntry, taken: ReadonlyMap<string, string>): CatalogEntry {
  return { manifest, aliases: aliases.filter((alias) => !taken.has(alias)) }
}

function unfit(model: string, problem: string): AppError {
  return new AppError('artifact_corrupt', problem, { details: { field: 'model', model }, retryable: false })
}
