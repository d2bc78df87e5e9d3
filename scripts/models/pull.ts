import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../src/errors.ts'
import { pinModel, toManifest } from '../../src/models/catalog/lock.ts'
import type { CatalogModel, ManifestFile, ModelPin } from '../../src/models/catalog/manifest.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { createHubStore } from '../../src/storage/hub.ts'
import type { Store } from '../../src/storage/store.ts'
import { createProgressBar, type ProgressTarget } from '../console/progress.ts'
import { type Derivation, deriveFiles } from '../layers/build-derived.ts'
import { describeFile } from './describe-file.ts'
import { fetchFile } from './fetch-file.ts'
import { LOCAL, readFolder } from './folder.ts'
import { model2VecGraph } from './model2vec.ts'
import { readModules } from './modules.ts'
import { type PlannedFile, type PullPlan, planPull } from './pull-plan.ts'
import { Problems, type Repository, readRepository } from './repository.ts'

/** Where to pull from, where to, and where to show it. */
interface PullSettings {
  readonly endpoint: string
  readonly token?: string | undefined
  /** A folder to take the files from in place of the hub: the model's own, or one that has it as `<id>/…`. */
  readonly from?: string | undefined
  /** The model's files lie in `<folder>/<id>/` afterwards. */
  readonly folder: string
  readonly progress?: ProgressTarget
}

/** A pulled model: its pin, and why a file has no derived form. */
interface Pulled {
  readonly pin: ModelPin
  readonly left: Derivation['left']
}

/**
 * Brings a model into its folder: every file held against the catalog, an earlier pin and the hub's own listing, then
 * the files that are made from them. What is there already is not fetched again.
 *
 * @throws AppError `artifact_missing`, `artifact_corrupt`; `upstream_failed` when the hub cannot answer
 */
export async function pullModel(
  model: CatalogModel,
  known: ModelPin | undefined,
  settings: PullSettings,
): Promise<Pulled> {
  const { repository, revision, store } = await openOrigin(model, known, settings)
  const heads = headsOf(model, repository)
  const headPaths = Object.values(heads ?? {}).map(({ path }) => path)
  const plan = planPull(model, known, revision, repository, headPaths)
  const folder = join(settings.folder, model.id)
  const fetched = await fetchFiles(plan, store, folder, settings.progress)
  const made = plan.made.map((file) => makeGraph(model, file, folder))
  const own = new Set([...model.files.map(({ path }) => path), ...headPaths])
  const files = [...fetched, ...made].filter(({ path }) => own.has(path))
  const maxTokens = model.maxTokens ?? requireMaxTokens(repository, model)
  const bare: ModelPin = { revision, maxTokens, ...(heads && { heads }), files, derived: [] }
  const manifest = toManifest(pinModel(model, bare))
  if (!manifest) throw new AppError('internal', `The pull of ${model.id} left something unknown.`)
  const { files: derived, left } = await deriveFiles(manifest, folder)
  return { pin: { ...bare, derived }, left }
}

/** Where a model's files come from, and which commit that is. */
interface Origin {
  readonly repository: Repository
  readonly revision: string
  readonly store: Store
}

async function openOrigin(
  model: CatalogModel,
  known: ModelPin | undefined,
  { endpoint, token, from }: PullSettings,
): Promise<Origin> {
  const { id, repo } = model
  const pinned = model.revision ?? known?.revision
  if (from !== undefined) {
    const inner = join(from, id)
    const folder = existsSync(join(inner, model.tokenizer)) ? inner : from
    // Nobody knows of a folder which commit it was.
    if (pinned === undefined) throw unknownRevision(model, folder)
    return { repository: readFolder(folder), revision: pinned, store: createDirectoryStore(folder) }
  }
  if (repo.startsWith(LOCAL)) throw noFolder(model)
  const open = model.maxTokens === undefined || model.heads === 'from-repository'
  const repository = await readRepository({ endpoint, token }, repo, pinned ?? 'main', open)
  const revision = repository.revision!
  return {
    repository,
    revision,
    store: createHubStore({ endpoint, token, locate: (path) => ({ repo, revision, path }) }),
  }
}

function unknownRevision({ id, repo }: CatalogModel, folder: string): AppError {
  return new AppError(
    'artifact_missing',
    `Nothing says which revision of ${repo} the folder ${folder} holds; put "revision", the commit, into the catalog entry of ${id}, or pull it from the hub or a mirror.`,
    { details: { model: id } },
  )
}

function noFolder({ id }: CatalogModel): AppError {
  return new AppError(
    'artifact_missing',
    `Model ${id} was added from a folder, and no hub has it; pull it with --from and that folder.`,
    { details: { model: id } },
  )
}

function headsOf(model: CatalogModel, repository: Repository): ModelPin['heads'] {
  if (model.heads !== 'from-repository') return undefined
  const problems = new Problems()
  const { heads } = readModules(repository, problems)
  problems.refuse(repository)
  return heads
}

/** Fetches the files of a plan into a folder, a bar for each; what is there and right already stays. */
export async function fetchFiles(
  plan: Pick<PullPlan, 'files'>,
  store: Store,
  folder: string,
  progress: ProgressTarget | undefined,
): Promise<ManifestFile[]> {
  const fetched: ManifestFile[] = []
  for (const file of plan.files) fetched.push(await fetchShown(file))
  return fetched

  async function fetchShown(file: PlannedFile): Promise<ManifestFile> {
    const bar = createProgressBar(file.path, file.bytes, progress)
    const pin = await fetchFile(store, file, join(folder, file.path), (bytes) => bar.show(bytes))
    bar.show(file.bytes)
    bar.end()
    return pin
  }
}

/** A graph that is on no hub: written from the table of a Model2Vec model, or exported by hand before. */
function makeGraph(model: CatalogModel, { path, sha256 }: { path: string; sha256?: string }, folder: string) {
  const target = join(folder, path)
  if (model.graphFrom?.kind === 'model2vec') {
    writeFileSync(target, model2VecGraph(readFileSync(join(folder, model.graphFrom.path)), model.id))
  } else if (!existsSync(target)) {
    throw notExported(model, target)
  }
  const content = readFileSync(target)
  const pin = describeFile(path, content)
  if (sha256 !== undefined && sha256 !== pin.sha256) {
    throw new AppError(
      'artifact_corrupt',
      `${target} is not the graph that model ${model.id} was pinned with: expected SHA-256 ${sha256}, got ${pin.sha256}; restore it, or remove the model and pull it again.`,
    )
  }
  return pin
}

function notExported({ id, graphFrom }: CatalogModel, target: string): AppError {
  const repo = graphFrom?.kind === 'export' ? graphFrom.repo : id
  const exported = `.cache/export/${id}`
  return new AppError(
    'artifact_missing',
    [
      `The repository ${repo} has no ONNX graph; make ${target} once, then pull again:`,
      `  pip install "optimum[exporters]" && optimum-cli export onnx --task feature-extraction --model ${repo} ${exported}`,
      `  npm run models -- quantize ${exported}/model.onnx ${target}`,
    ].join('\n'),
    { details: { model: id, path: target } },
  )
}

function requireMaxTokens(repository: Repository, { id, repo }: CatalogModel): number {
  const maxTokens = repository.json('sentence_bert_config.json')?.max_seq_length
  if (typeof maxTokens === 'number' && Number.isInteger(maxTokens) && maxTokens > 0) return maxTokens
  throw new AppError(
    'artifact_missing',
    `The repository ${repo} does not say how many tokens model ${id} takes; add maxTokens to its catalog entry.`,
    { details: { model: id } },
  )
}
