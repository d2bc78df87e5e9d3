import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../../src/errors.ts'
import type { ManifestFile, ModelPin } from '../../../src/models/catalog/manifest.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import { createHubStore } from '../../../src/storage/hub.ts'
import type { Store } from '../../../src/storage/store.ts'
import type { ProgressTarget } from '../../console/progress.ts'
import { sha256Of } from '../describe-file.ts'
import { LOCAL, readFolder } from '../folder.ts'
import { fetchFiles } from '../pull.ts'
import { planFile } from '../pull-plan.ts'
import { type Repository, readRepository } from '../repository.ts'
import { type LocalGenerator, mainFileOf } from './book.ts'
import { describeGgufFile } from './describe.ts'

/** Where to pull from, and where to. */
interface PullSettings {
  readonly endpoint: string
  readonly token?: string | undefined
  /** A folder to take the files from in place of the hub. */
  readonly from?: string | undefined
  readonly folder: string
  readonly progress?: ProgressTarget | undefined
}

/** Where files come from; a folder has no commit of its own. */
interface Origin {
  readonly repository: Repository
  readonly store: Store
}

/**
 * Brings a language model into `<folder>/<id>/`: every file held against the catalog, an earlier pin and the hub's
 * listing, and the header of a GGUF against what the catalog says of the model.
 *
 * @throws AppError `artifact_missing`, `artifact_corrupt`; `upstream_failed` when the hub cannot answer
 */
export async function pullGenerator(
  model: LocalGenerator,
  known: ModelPin | undefined,
  settings: PullSettings,
): Promise<ModelPin> {
  const { repository, store } = await openOrigin(model, known, settings)
  refuseMissing(model, repository)
  const pinned = new Map(
    (known?.revision === repository.revision ? known?.files : [])?.map((file) => [file.path, file]),
  )
  const files = model.files.map((file) =>
    planFile(model, { ...pinned.get(file.path), ...file }, repository.files, repository.place),
  )
  const folder = join(settings.folder, model.id)
  const fetched = await fetchFiles({ files }, store, folder, settings.progress)
  if (model.runtime === 'gguf') holdHeader(model, join(folder, model.weights))
  const revision = model.revision ?? repository.revision ?? hashOf(fetched)
  return { revision, maxTokens: model.contextTokens, files: fetched, derived: [] }
}

async function openOrigin(
  model: LocalGenerator,
  known: ModelPin | undefined,
  { endpoint, token, from }: PullSettings,
): Promise<Origin> {
  if (from !== undefined) {
    const inner = join(from, model.id)
    const folder = existsSync(join(inner, mainFileOf(model))) ? inner : from
    return { repository: readFolder(folder), store: createDirectoryStore(folder) }
  }
  const repo = model.source ?? model.repo
  if (repo.startsWith(LOCAL)) {
    throw new AppError(
      'artifact_missing',
      `Model ${model.id} was added from a file, and no hub has it; pull it with --from and the folder of that file.`,
      { details: { model: model.id } },
    )
  }
  const asked = model.revision ?? known?.revision ?? 'main'
  const repository = await readRepository({ endpoint, token }, repo, asked, false)
  const revision = repository.revision!
  return {
    repository,
    store: createHubStore({ endpoint, token, locate: (path) => ({ repo, revision, path }) }),
  }
}

/** Of many models the makers have published no file that runs here: those are converted by hand. */
function refuseMissing(model: LocalGenerator, { files, place }: Repository): void {
  const missing = model.files.find(({ path }) => !files.some((file) => file.path === path))
  if (!missing) return
  throw new AppError(
    'artifact_missing',
    `The ${place} has no ${missing.path}, which model ${model.id} needs; convert it once as docs/llm-models.md shows, then pull it with --from and the folder of the file.`,
    { details: { model: model.id, path: missing.path } },
  )
}

/** A file that was given the wrong name, or another model's, is found out before anything loads it. */
function holdHeader({ id, contextTokens }: LocalGenerator, path: string): void {
  const described = describeGgufFile(path)
  if (described.contextTokens >= contextTokens) return
  throw new AppError(
    'artifact_corrupt',
    `${path} is of a model with ${described.contextTokens} tokens of context; expected at least the ${contextTokens} of model ${id}; correct the file or the catalog.`,
    { details: { model: id }, retryable: false },
  )
}

/** What stands for a commit where there is none. */
function hashOf(files: readonly ManifestFile[]): string {
  return sha256Of(files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('')).slice(0, 40)
}
