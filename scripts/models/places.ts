import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../src/errors.ts'
import { createNames, lookUp } from '../../src/models/catalog/catalog.ts'
import { pinModel, toManifest } from '../../src/models/catalog/lock.ts'
import type { CatalogModel, Manifest, ModelPin } from '../../src/models/catalog/manifest.ts'
import { parseCatalog, parsePins } from '../../src/models/catalog/manifest-file.ts'

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

/** A catalog with the pins beside it. */
export interface ModelBook {
  readonly models: readonly CatalogModel[]
  readonly pins: Readonly<Record<string, ModelPin>>
  /**
   * The model of an id or alias as the catalog describes it, without its pin.
   *
   * @throws AppError `unknown_model` with the nearest names
   */
  find(name: string): CatalogModel
}

/**
 * Reads the catalog and the pins.
 *
 * @throws AppError `invalid_request` that names the file and its first wrong field
 */
export function openModelBook(
  { catalog, lock }: Pick<ModelPlaces, 'catalog' | 'lock'>,
  aliases: Readonly<Record<string, string>> = {},
): ModelBook {
  const models = parseCatalog(readFileSync(catalog, 'utf8'), catalog)
  const pins = existsSync(lock) ? parsePins(readFileSync(lock, 'utf8'), lock) : {}
  const names = createNames(models, aliases)
  return { models, pins, find: (name) => lookUp(names, name) }
}

/**
 * The model with what its pin adds.
 *
 * @throws AppError `artifact_missing` when something is still not known of it
 */
export function requirePinned(book: ModelBook, model: CatalogModel): Manifest {
  const manifest = toManifest(pinModel(model, book.pins[model.id]))
  if (manifest) return manifest
  throw new AppError(
    'artifact_missing',
    `Model ${model.id} was never pulled, so nothing proves the files that may lie in its folder; run "npm run models -- pull ${model.id}" first, which keeps those that are right.`,
    { details: { model: model.id } },
  )
}

/** Writes the pins, in order of their ids. */
export function writePins(lock: string, pins: Readonly<Record<string, ModelPin>>): void {
  const sorted = Object.fromEntries(Object.entries(pins).sort(([one], [other]) => (one < other ? -1 : 1)))
  writeFileSync(lock, `${JSON.stringify(sorted, null, 2)}\n`)
}

/** The folder that has a model's graph, if any of them has. */
export function folderWith(
  { folder, others }: ModelPlaces,
  { id, graph }: Pick<CatalogModel, 'id' | 'graph'>,
): string | undefined {
  return [folder, ...others].find((place) => existsSync(join(place, id, graph)))
}
