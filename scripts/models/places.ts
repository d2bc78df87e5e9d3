import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../src/errors.ts'
import { createNames, lookUp } from '../../src/models/catalog/catalog.ts'
import { ADAPTER_FILE, isAdapted, misfit } from '../../src/models/catalog/learned.ts'
import { pinModel, toManifest } from '../../src/models/catalog/lock.ts'
import type { CatalogModel, Manifest, ModelPin } from '../../src/models/catalog/manifest.ts'
import { parseCatalog, parsePins } from '../../src/models/catalog/manifest-file.ts'
import { listModelFolders, readModelFolder } from '../../src/models/files/model-folders.ts'

/** Where the commands that keep models find and put things. */
export interface ModelPlaces {
  /** The catalog file. */
  readonly catalog: string
  /** `models.lock.json`: what pulls found out. */
  readonly lock: string
  /** Pulled models: `<folder>/<id>/…`. */
  readonly folder: string
  /** Folders with models that are not pulled, such as the bundled one. */
  readonly others: readonly string[]
}

/** A catalog with the pins beside it, and behind it what describes itself in the folders. */
export interface ModelBook {
  readonly models: readonly CatalogModel[]
  /** Those among them that have a folder with a manifest of their own, by id. */
  readonly described: ReadonlyMap<string, Manifest>
  /** What is wrong with other folders that have one, in sentences. */
  readonly problems: readonly string[]
  readonly pins: Readonly<Record<string, ModelPin>>
  /**
   * The model of an id or alias as the catalog describes it, without its pin.
   *
   * @throws AppError `unknown_model` with the nearest names
   */
  find(name: string): CatalogModel
}

/**
 * Reads the catalog and the pins, and the manifests in the folders of models that the catalog does not have.
 *
 * @throws AppError `invalid_request` that names the file and its first wrong field
 */
export function openModelBook(
  { catalog, lock }: Pick<ModelPlaces, 'catalog' | 'lock'>,
  folders: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): ModelBook {
  const listed = parseCatalog(readFileSync(catalog, 'utf8'), catalog)
  const pins = existsSync(lock) ? parsePins(readFileSync(lock, 'utf8'), lock) : {}
  const { described, problems } = readFolders(folders, listed)
  const models = [...listed, ...described.values()]
  const names = createNames(models, aliases)
  return { models, described, problems, pins, find: (name) => lookUp(names, name) }
}

/** The manifests of folders whose names the catalog does not know; of two with one id the first counts, as it is served. */
function readFolders(
  folders: readonly string[],
  listed: readonly CatalogModel[],
): Pick<ModelBook, 'described' | 'problems'> {
  const taken = createNames(listed)
  const described = new Map<string, Manifest>()
  const problems: string[] = []
  for (const place of folders) {
    for (const id of listModelFolders(place)) {
      if (taken.has(id) || described.has(id)) continue
      try {
        const manifest = readModelFolder(place, id)
        if (manifest) described.set(id, manifest)
      } catch (error) {
        problems.push((error as Error).message)
      }
    }
  }
  return { described, problems }
}

/**
 * The model with what its pin adds.
 *
 * @throws AppError `artifact_missing` when something is still not known of it
 */
export function requirePinned(book: ModelBook, model: CatalogModel): Manifest {
  const own = book.described.get(model.id)
  if (own) return requireFit(book, own)
  const manifest = toManifest(pinModel(model, book.pins[model.id]))
  if (manifest) return manifest
  throw new AppError(
    'artifact_missing',
    `Model ${model.id} was never pulled, so nothing proves the files that may lie in its folder; run "npm run models -- pull ${model.id}" first, which keeps those that are right.`,
    { details: { model: model.id } },
  )
}

/**
 * The models, and before each adapted one its base, which it needs; every one once.
 *
 * @throws AppError `artifact_missing` when something is not known of one, `unknown_model`
 */
export function withBases(book: ModelBook, models: readonly Manifest[]): Manifest[] {
  return [...new Set(models.flatMap((model) => [...(baseOf(book, model) ?? []), model]))]
}

function baseOf(book: ModelBook, manifest: Manifest): [Manifest] | undefined {
  return isAdapted(manifest) ? [requirePinned(book, book.find(manifest.learned.base))] : undefined
}

function requireFit(book: ModelBook, manifest: Manifest): Manifest {
  const problem = misfit(manifest, baseOf(book, manifest)?.[0])
  if (problem === undefined) return manifest
  throw new AppError('artifact_corrupt', problem, { details: { model: manifest.id }, retryable: false })
}

/** Writes the pins, in order of their ids. */
export function writePins(lock: string, pins: Readonly<Record<string, ModelPin>>): void {
  const sorted = Object.fromEntries(Object.entries(pins).sort(([one], [other]) => (one < other ? -1 : 1)))
  writeFileSync(lock, `${JSON.stringify(sorted, null, 2)}\n`)
}

/** The folder that has a model's graph, or the map of an adapted one, if any of them has. */
export function folderWith(
  { folder, others }: Pick<ModelPlaces, 'folder' | 'others'>,
  { id, graph, learned }: Pick<CatalogModel, 'id' | 'graph'> & Pick<Manifest, 'learned'>,
): string | undefined {
  const main = learned?.side === 'query' || learned?.side === 'both' ? ADAPTER_FILE : graph
  return [folder, ...others].find((place) => existsSync(join(place, id, main)))
}
