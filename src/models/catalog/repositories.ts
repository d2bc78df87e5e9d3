import { AppError } from '../../errors.ts'
import type { CatalogModel } from './manifest.ts'

/** Finds models by the hub's `owner/name`. */
interface Repositories<Model extends CatalogModel> {
  /**
   * The model that is from a repository, or whose weights are those of it; `undefined` for a name that is none.
   *
   * @throws AppError `unknown_model` when several models are from it
   */
  find(name: string): Model | undefined
}

/** Indexes models by their repositories; the hub tells no capitals apart. */
export function createRepositories<Model extends CatalogModel>(
  models: readonly Model[],
): Repositories<Model> {
  const byRepository = new Map<string, Model[]>()
  for (const model of models) {
    const names = new Set([model.repo, model.origin ?? model.repo].map((name) => name.toLowerCase()))
    for (const name of names) byRepository.set(name, [...(byRepository.get(name) ?? []), model])
  }
  return {
    find(name) {
      const found = byRepository.get(name.toLowerCase()) ?? []
      if (found.length <= 1) return found[0]
      const ids = found.map(({ id }) => id)
      throw new AppError(
        'unknown_model',
        `The repository "${name}" is that of several models: ${ids.join(', ')}; name one of them.`,
        { details: { field: 'model', nearest: ids } },
      )
    },
  }
}
