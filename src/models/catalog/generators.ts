import { AppError } from '../../errors.ts'
import { didYouMean, nearestNames } from '../../nearest.ts'
import {
  type CatalogGenerator,
  type GeneratorManifest,
  type GeneratorTask,
  toGeneratorManifest,
} from './generator-manifest.ts'

/** The language models that can be asked for. */
export interface GeneratorCatalog {
  /**
   * The model of an id, an alias or a repository, in any capitals.
   *
   * @throws AppError `unknown_model` with the nearest names, `unsupported_task` for one that is not made for the task,
   * `artifact_missing` for one that was never pulled
   */
  resolve(name: string, task: GeneratorTask): GeneratorManifest
  readonly models: readonly CatalogGenerator[]
}

/**
 * Indexes language models by id, alias and repository.
 *
 * @throws AppError `invalid_request` when two models claim an id or alias
 */
export function createGeneratorCatalog(models: readonly CatalogGenerator[]): GeneratorCatalog {
  const byName = new Map<string, CatalogGenerator>()
  for (const model of models) {
    for (const name of [model.id, ...model.aliases].map((given) => given.toLowerCase())) {
      const owner = byName.get(name)
      if (owner && owner !== model) throw claimedTwice(name, owner.id, model.id)
      byName.set(name, model)
    }
  }
  for (const model of models) {
    const repository = model.repo.toLowerCase()
    if (!byName.has(repository)) byName.set(repository, model)
  }
  return {
    models,
    resolve(name, task) {
      const model = byName.get(name.toLowerCase())
      if (!model) throw unknown(name, models)
      if (!model.tasks.includes(task)) throw unfit(model, task)
      const manifest = toGeneratorManifest(model)
      if (manifest) return manifest
      throw new AppError(
        'artifact_missing',
        `Model ${model.id}${namedOtherwise(name, model)} was never pulled; run "npm run models -- pull ${model.id}", then build and deploy again.`,
        { details: { field: 'model', model: model.id } },
      )
    },
  }
}

function claimedTwice(name: string, one: string, other: string): AppError {
  return new AppError(
    'invalid_request',
    `The catalog has two language models for the name ${name}, ${one} and ${other}; rename one or drop the alias.`,
  )
}

const MOST_SHOWN = 100

/** For those who asked by an alias, which model that is. */
function namedOtherwise(name: string, { aliases }: CatalogGenerator): string {
  const alias = aliases.find((one) => one.toLowerCase() === name.toLowerCase())
  return alias === undefined ? '' : `, which answers to the name ${alias},`
}

function unknown(name: string, models: readonly CatalogGenerator[]): AppError {
  const ids = models.map(({ id }) => id)
  const known = models.flatMap(({ id, aliases, repo }) => [id, ...aliases, repo])
  const remedy = didYouMean(name, known) || (ids.length > 0 ? `; expected one of ${ids.join(', ')}.` : '.')
  return new AppError(
    'unknown_model',
    `The catalog has no language model "${name.slice(0, MOST_SHOWN)}"${remedy} GET /models lists all.`,
    { details: { field: 'model', nearest: nearestNames(name, known) } },
  )
}

function unfit({ id, tasks, remarks }: CatalogGenerator, task: GeneratorTask): AppError {
  return new AppError(
    'unsupported_task',
    `Model ${id} is made to ${tasks.join(' and ')}, not to ${task}; choose another.${remarks.map((remark) => ` ${remark}`).join('')}`,
    { details: { field: 'model', model: id, task } },
  )
}
