import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseGenerators } from '../../../src/models/catalog/generator-file.ts'
import type { CatalogGenerator } from '../../../src/models/catalog/generator-manifest.ts'
import { pinGenerators } from '../../../src/models/catalog/generator-pins.ts'
import type { ModelPin } from '../../../src/models/catalog/manifest.ts'
import { parsePins } from '../../../src/models/catalog/manifest-file.ts'
import type { ModelPlaces } from '../places.ts'

/** A language model whose files lie on this machine. */
export type LocalGenerator = Exclude<CatalogGenerator, { readonly runtime: 'remote' }>

/** The catalog of language models with the pins beside it. */
export interface GeneratorBook {
  /** With what pulls found out. */
  readonly models: readonly CatalogGenerator[]
  readonly pins: Readonly<Record<string, ModelPin>>
  /** The model of an id, alias or repository, in any capitals. */
  find(name: string): CatalogGenerator | undefined
}

/**
 * Reads the catalog of language models and the pins.
 *
 * @param path absent, or of no file: there are none
 * @throws AppError `invalid_request` that names the file and its first wrong field
 */
export function openGeneratorBook(path: string | undefined, lock: string): GeneratorBook {
  const listed =
    path !== undefined && existsSync(path) ? parseGenerators(readFileSync(path, 'utf8'), path) : []
  const pins = existsSync(lock) ? parsePins(readFileSync(lock, 'utf8'), lock) : {}
  const models = pinGenerators(listed, pins)
  return {
    models,
    pins,
    find(name) {
      const asked = name.toLowerCase()
      const named = (model: CatalogGenerator) => [model.id, ...model.aliases].map((one) => one.toLowerCase())
      return (
        models.find((model) => named(model).includes(asked)) ??
        models.find(({ repo }) => repo.toLowerCase() === asked)
      )
    },
  }
}

/** The file whose presence says that a model is there. */
export function mainFileOf(model: LocalGenerator): string {
  return model.runtime === 'gguf' ? model.weights : model.decoder
}

/** The folder that has a language model, if any of them has. */
export function folderOf(
  model: CatalogGenerator,
  { folder, others }: Pick<ModelPlaces, 'folder' | 'others'>,
) {
  if (model.runtime === 'remote') return undefined
  return [folder, ...others].find((place) => existsSync(join(place, model.id, mainFileOf(model))))
}
