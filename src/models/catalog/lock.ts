import type { CatalogModel, DerivedFile, Manifest, ModelPin } from './manifest.ts'

/** A catalog in two: models that can be fetched and proven, and those of which something is not known yet. */
export interface PinnedCatalog {
  readonly manifests: readonly Manifest[]
  readonly unpinned: readonly CatalogModel[]
}

/** What is known of a model whose catalog entry leaves something out comes from `pins`, by id. */
export function pinModels(
  models: readonly CatalogModel[],
  pins: Readonly<Record<string, ModelPin>> = {},
): PinnedCatalog {
  const found = models.map((model) => toManifest(pinModel(model, pins[model.id])) ?? model)
  return { manifests: found.filter(isManifest), unpinned: found.filter((model) => !isManifest(model)) }
}

/**
 * The model with what a pull found out; what the catalog itself says stays. A pin of another revision is one of an
 * older catalog, and counts for nothing.
 */
export function pinModel(model: CatalogModel, pin: ModelPin | undefined): CatalogModel {
  if (!pin || (model.revision ?? pin.revision) !== pin.revision) return model
  const { heads: ownHeads, ...rest } = model
  const heads = typeof ownHeads === 'object' ? ownHeads : (pin.heads ?? ownHeads)
  const byPath = new Map(pin.files.map((file) => [file.path, file]))
  const derived = [...(model.derived ?? []), ...pin.derived]
  const own = model.files.map((file) => ({ ...byPath.get(file.path), ...file }))
  const found = pin.files.filter(({ path }) => !model.files.some((file) => file.path === path))
  return {
    maxTokens: pin.maxTokens,
    ...rest,
    ...(heads && { heads }),
    revision: pin.revision,
    files: [...own, ...found],
    ...(derived.length > 0 && { derived }),
  }
}

/** The model as a manifest, if nothing is left out. */
export function toManifest(model: CatalogModel): Manifest | undefined {
  return isManifest(model) ? model : undefined
}

function isManifest(model: CatalogModel): model is Manifest {
  if (model.revision === undefined || model.maxTokens === undefined) return false
  if (model.heads === 'from-repository') return false
  return model.files.every(({ bytes, sha256 }) => bytes !== undefined && sha256 !== undefined)
}

/** The manifests with the derived files of `record` pinned in them. */
export function withDerived(
  manifests: readonly Manifest[],
  record: Readonly<Record<string, readonly DerivedFile[]>>,
): Manifest[] {
  return manifests.map((manifest) => {
    const derived = [...(manifest.derived ?? []), ...(record[manifest.id] ?? [])]
    return derived.length === 0 ? manifest : { ...manifest, derived }
  })
}
