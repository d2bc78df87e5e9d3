import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../src/errors.ts'
import { aliasesOf, createNames } from '../../src/models/catalog/catalog.ts'
import { MANIFEST_FILE } from '../../src/models/catalog/learned.ts'
import { pinModel } from '../../src/models/catalog/lock.ts'
import type { CatalogModel, Manifest } from '../../src/models/catalog/manifest.ts'
import { commandOf } from '../console/tool-arguments.ts'
import { openWritableStore } from '../console/writable-store.ts'
import { describeRepository } from './add.ts'
import { addToCatalog } from './catalog-file.ts'
import { catalogSchemaDocument } from './catalog-schema.ts'
import { describeFile } from './describe-file.ts'
import { readFields } from './fields.ts'
import { isFolder, readFolder } from './folder.ts'
import { runGeneratorCommand, shareNames } from './generators/commands.ts'
import { describeModels } from './list.ts'
import {
  folderWith,
  type ModelBook,
  type ModelPlaces,
  openModelBook,
  requirePinned,
  withBases,
  writePins,
} from './places.ts'
import { pullModel } from './pull.ts'
import { planPush, pushFile } from './push.ts'
import { quantizeFile } from './quantize.ts'
import { lacksGraph, refreshDerived } from './refresh-derived.ts'
import { readRepository } from './repository.ts'
import { configOf, hubOf, type ModelCommandSettings } from './settings.ts'
import { LEAST_COSINE, verifyModel } from './verify.ts'

type Command = (names: readonly string[], settings: ModelCommandSettings) => Promise<void>

const COMMANDS: Readonly<Record<string, Command>> = {
  list,
  pull,
  verify,
  push,
  add,
  remove,
  quantize,
  schema,
}

/** Runs one command; its errors are sentences for the operator. */
export async function runModelCommand(
  command: string,
  names: readonly string[],
  settings: ModelCommandSettings,
): Promise<void> {
  const run = commandOf(COMMANDS, command)
  const { others, generators } = shareNames(command, names, settings)
  if (others) await run(others, settings)
  if (generators) await runGeneratorCommand(command, generators, settings)
}

function bookOf(settings: ModelCommandSettings): ModelBook {
  return openModelBook(settings, foldersOf(settings), configOf(settings).modelAliases)
}

function foldersOf({ folder, others }: ModelCommandSettings): string[] {
  return [folder, ...others]
}

async function list(_: readonly string[], settings: ModelCommandSettings): Promise<void> {
  const { models, pins, problems } = bookOf(settings)
  const names = createNames(models, configOf(settings).modelAliases)
  const rows = models.map((model) => ({
    model: pinModel(model, pins[model.id]),
    aliases: aliasesOf(names, model),
    place: folderWith(settings, model),
  }))
  settings.print(describeModels(rows))
  for (const problem of problems) settings.print(problem)
}

async function pull(names: readonly string[], settings: ModelCommandSettings): Promise<void> {
  const book = bookOf(settings)
  const { folder, progress } = settings
  const pins = { ...book.pins }
  for (const model of requireNames(names, 'pull').map(book.find)) {
    if (book.described.has(model.id)) throw notPulled(model)
    const { pin, left } = await pullModel(model, pins[model.id], {
      ...hubOf(settings),
      folder,
      ...(progress && { progress }),
    })
    pins[model.id] = pin
    writePins(settings.lock, pins)
    for (const { path, reason } of left) settings.print(`${model.id}: ${path} stays as it is: ${reason}`)
    const bytes = pin.files.reduce((sum, file) => sum + file.bytes, 0)
    settings.print(
      `${model.id}@${pin.revision} in ${join(folder, model.id)}: ${bytes} bytes, pinned in ${settings.lock}`,
    )
    if (model.deprecated) settings.print(describeDeprecation(model))
  }
}

function notPulled({ id }: CatalogModel): AppError {
  return new AppError(
    'invalid_request',
    `Model ${id} describes itself in its folder and is on no hub; copy its folder, or push it from where it lies.`,
    { details: { model: id } },
  )
}

function describeDeprecation({ id, deprecated }: CatalogModel): string {
  return `${id} is deprecated: ${deprecated!.reason}; use ${deprecated!.replacement}.`
}

async function verify(names: readonly string[], settings: ModelCommandSettings): Promise<void> {
  const book = bookOf(settings)
  const here = book.models.filter((model) => folderWith(settings, model))
  const chosen = names.length > 0 ? names.map(book.find) : here
  let wrong = 0
  for (const model of chosen) {
    const manifest = requirePinned(book, model)
    requireFolder(settings, manifest)
    const results = await verifyModel(manifest, ...foldersOf(settings))
    settings.print(
      `${model.id}: ${manifest.files.length} files as pinned, loads${results.length > 0 ? '' : ', has no canaries'}`,
    )
    for (const { text, cosine } of results) {
      const ok = cosine >= LEAST_COSINE
      if (!ok) wrong++
      settings.print(`  ${ok ? 'right' : 'WRONG'}  cosine ${cosine.toFixed(4)}  ${text}`)
    }
  }
  if (wrong > 0) {
    throw new AppError(
      'artifact_corrupt',
      `${wrong} canaries have a cosine below ${LEAST_COSINE}; do not deploy this.`,
    )
  }
}

async function push([place, ...names]: readonly string[], settings: ModelCommandSettings): Promise<void> {
  const book = bookOf(settings)
  const store = openWritableStore(place, settings.environment)
  const here = book.models.filter((model) => folderWith(settings, model))
  const chosen = (names.length > 0 ? names.map(book.find) : here).map((model) => requirePinned(book, model))
  const manifestFile = (manifest: Manifest) =>
    book.described.has(manifest.id)
      ? describeFile(
          MANIFEST_FILE,
          readFileSync(join(requireFolder(settings, manifest), manifest.id, MANIFEST_FILE)),
        )
      : undefined
  const models = await withGraphs(withBases(book, chosen), book, settings)
  for (const step of await planPush(models, store, manifestFile)) {
    const target = `${store.name}/${step.key}`
    if (!step.needed) settings.print(`there already  ${target}`)
    else if (settings.dryRun) settings.print(`would upload   ${target}  ${step.file.bytes} bytes`)
    else {
      await pushFile(step, requireFolder(settings, step.manifest), store)
      settings.print(`uploaded       ${target}  ${step.file.bytes} bytes`)
    }
  }
}

/** The models, those that were pulled with an optimized graph for this runtime, pinned anew where it was missing. */
async function withGraphs(
  models: readonly Manifest[],
  { pins: known }: ModelBook,
  settings: ModelCommandSettings,
): Promise<Manifest[]> {
  const pins = { ...known }
  const fresh: Manifest[] = []
  for (const model of models) {
    const pin = pins[model.id]
    const pulled = pin !== undefined && folderWith(settings, model) === settings.folder
    if (!pulled || !(await lacksGraph(model))) fresh.push(model)
    else if (settings.dryRun) {
      settings.print(`would derive   ${model.id}: its graph as this version of the runtime optimizes it`)
      fresh.push(model)
    } else {
      const { manifest, left, ...made } = await refreshDerived(model, pin, settings.folder)
      pins[model.id] = made.pin
      writePins(settings.lock, pins)
      for (const { path, reason } of left) settings.print(`${model.id}: ${path} stays as it is: ${reason}`)
      fresh.push(manifest)
    }
  }
  return fresh
}

async function add([asked]: readonly string[], settings: ModelCommandSettings): Promise<void> {
  const { repository, pull } = await readAsked(asked, settings)
  const set = readFields(settings.set ?? [])
  const model = describeRepository(repository, { ...settings, set })
  addToCatalog(settings.catalog, model)
  settings.print(
    `${model.id} is in ${settings.catalog}; pull it with "npm run models -- pull ${model.id}${pull}".`,
  )
}

async function readAsked(asked = '', settings: ModelCommandSettings) {
  if (isFolder(asked)) return { repository: readFolder(asked), pull: ` --from ${asked}` }
  const [, repo, revision = 'main'] = /^([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?$/.exec(asked) ?? []
  if (repo) return { repository: await readRepository(hubOf(settings), repo, revision), pull: '' }
  throw new AppError(
    'invalid_request',
    `add is asked for ${asked || 'nothing'}; expected owner/name, owner/name@revision or a folder such as ./my-model.`,
  )
}

async function schema(_: readonly string[], { print }: ModelCommandSettings): Promise<void> {
  print(JSON.stringify(catalogSchemaDocument(), null, 2))
}

async function remove(names: readonly string[], settings: ModelCommandSettings): Promise<void> {
  const book = bookOf(settings)
  const pins = { ...book.pins }
  for (const { id } of requireNames(names, 'remove').map(book.find)) {
    rmSync(join(settings.folder, id), { recursive: true, force: true })
    delete pins[id]
    settings.print(`${id} is gone from ${settings.folder}.`)
  }
  writePins(settings.lock, pins)
}

async function quantize([from, to]: readonly string[], { print }: ModelCommandSettings): Promise<void> {
  if (!from || !to) throw new AppError('invalid_request', 'Expected quantize <in.onnx> <out.onnx>.')
  const { before, after } = quantizeFile(from, to)
  print(`${to}: ${after} bytes, ${((100 * after) / before).toFixed(0)} % of ${before}`)
}

function requireNames(names: readonly string[], command: string): readonly string[] {
  if (names.length > 0) return names
  throw new AppError(
    'invalid_request',
    `Expected the ids or aliases of models to ${command}; "list" shows them.`,
  )
}

function requireFolder(places: ModelPlaces, model: CatalogModel & Pick<Manifest, 'learned'>): string {
  const folder = folderWith(places, model)
  if (folder) return folder
  throw new AppError(
    'artifact_missing',
    `Model ${model.id} is not here; run "npm run models -- pull ${model.id}" first.`,
  )
}
