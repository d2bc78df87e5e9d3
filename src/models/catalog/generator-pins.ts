import type { CatalogGenerator } from './generator-manifest.ts'
import type { ModelPin } from './manifest.ts'

/**
 * The model with what a pull found out: the commit, sizes and hashes. What the catalog itself says stays; a pin of another
 * commit is one of an older catalog, and counts for nothing.
 */
function pinGenerator(model: CatalogGenerator, pin: ModelPin | undefined): CatalogGenerator {
  if (model.runtime === 'remote' || !pin || (model.revision ?? pin.revision) !== pin.revision) return model
  const found = new Map(pin.files.map((file) => [file.path, file]))
  const files = model.files.map((file) => ({ ...found.get(file.path), ...file }))
  return { ...model, revision: pin.revision, files }
}

/** Language models with what pulls found out about them, by id. */
export function pinGenerators(
  models: readonly CatalogGenerator[],
  pins: Readonly<Record<string, ModelPin>>,
): CatalogGenerator[] {
  return models.map((model) => pinGenerator(model, pins[model.id]))
}
