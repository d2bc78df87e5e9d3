import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { AppError } from '../../src/errors.ts'
import type { CatalogModel } from '../../src/models/catalog/manifest.ts'
import { parseCatalog } from '../../src/models/catalog/manifest-file.ts'

/**
 * Writes a model at the end of a catalog, which is begun where there is none.
 *
 * @throws AppError `invalid_request` when the catalog has one of its id already
 */
export function addToCatalog(path: string, model: CatalogModel): void {
  const models = existsSync(path) ? parseCatalog(readFileSync(path, 'utf8'), path) : []
  if (models.some(({ id }) => id === model.id)) {
    throw new AppError('invalid_request', `The catalog has a model ${model.id} already; choose another --id.`)
  }
  const text = JSON.stringify([...models, model], null, 2)
  // What is written must be readable again.
  parseCatalog(text, path)
  writeFileSync(path, `${text}\n`)
}
