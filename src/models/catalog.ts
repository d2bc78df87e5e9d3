import { AppError } from '../errors.ts'
import { didYouMean, nearestNames } from '../nearest.ts'
import type { Manifest } from './manifest.ts'

/** A model of the catalog with every alias that leads to it. */
export interface CatalogEntry {
  readonly manifest: Manifest
  readonly aliases: readonly string[]
}

/** The models that can be asked for by id or alias. */
export interface Catalog {
  /** @throws AppError `unknown_model` with the nearest names */
  resolve(name: string): Manifest
  /** In the order of the manifests. */
  entries(): readonly CatalogEntry[]
}

/**
 * Indexes manifests by id and alias. `overrides` names further aliases, or points existing ones elsewhere.
 *
 * @throws AppError `invalid_request` when two models claim a name, or an alias leads nowhere
 */
export function createCatalog(
  manifests: readonly Manifest[],
  overrides: Readonly<Record<string, string>> = {},
): Catalog {
  const byName = new Map<string, Manifest>()
  for (const manifest of manifests) claim(byName, manifest.id, manifest)
  const overridden = new Set(Object.keys(overrides))
  for (const manifest of manifests) {
    for (const alias of manifest.aliases) if (!overridden.has(alias)) claim(byName, alias, manifest)
  }
  for (const [alias, target] of Object.entries(overrides)) claim(byName, alias, resolveIn(byName, target))

  const entries = manifests.map((manifest) => ({
    manifest,
    aliases: [...byName].flatMap(([name, owner]) =>
      owner === manifest && name !== manifest.id ? [name] : [],
    ),
  }))
  return { resolve: (name) => resolveIn(byName, name), entries: () => entries }
}

function claim(byName: Map<string, Manifest>, name: string, manifest: Manifest): void {
  const owner = byName.get(name)
  if (owner) {
    throw new AppError(
      'invalid_request',
      `The catalog has two models for the name ${name}, ${owner.id} and ${manifest.id}; rename one or drop the alias.`,
    )
  }
  byName.set(name, manifest)
}

function resolveIn(byName: ReadonlyMap<string, Manifest>, name: string): Manifest {
  const manifest = byName.get(name)
  if (manifest) return manifest
  const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name
  throw new AppError(
    'unknown_model',
    `The catalog has no model "${shown}"${didYouMean(name, byName.keys()) || `; expected one of ${[...byName.keys()].join(', ')}.`} GET /models lists all.`,
    { details: { field: 'model', nearest: nearestNames(name, byName.keys()) } },
  )
}
