import { AppError, invalid } from '../errors.ts'
import { makerOf, sameDocuments } from '../models/catalog/learned.ts'
import type { Manifest } from '../models/catalog/manifest.ts'
import { type CollectionModel, describeModel } from './manifest.ts'

/**
 * The error of a collection that is not there.
 *
 * @param place what keeps collections, as a sentence begins
 */
export function noCollection(place: string, name: string): AppError {
  const details = { field: 'candidates.collection', collection: name }
  const remedy = 'build it by "npm run collections -- build", or correct its name'
  return new AppError('invalid_request', `${place} has no collection ${name}; ${remedy}.`, { details })
}

/**
 * Rows are documents: a map of queries alone asks a collection that its base, or another
 * such map of it, has made.
 *
 * @throws AppError `invalid_request` that says which model made the collection
 */
export function requireModel(name: string, model: CollectionModel, manifest: Manifest): void {
  const asked = { ...makerOf(manifest), dimensions: manifest.dimensions }
  if (sameDocuments(model, asked) && model.dimensions === asked.dimensions) return
  throw new AppError(
    'invalid_request',
    `Collection ${name} was made by ${describeModel(model)}, the query by ${describeModel(asked)}; vectors of two models cannot be compared: re-embed its rows with ${asked.id}, that is build the collection anew, or ask for model ${model.id} in that revision.`,
    { details: { field: 'model', expected: model.id, got: asked.id } },
  )
}

/**
 * Rows that are added must be what the collection's own are.
 *
 * @throws AppError `invalid_request` that says which model made the collection
 */
export function requireSameModel(name: string, model: CollectionModel, added: CollectionModel): void {
  if (sameDocuments(model, added) && model.dimensions === added.dimensions) return
  throw invalid(
    'model',
    `Collection ${name} holds vectors of ${describeModel(model)}, and what is added is of ${describeModel(added)}; vectors of two models cannot be compared: re-embed its rows, that is build it anew.`,
  )
}
