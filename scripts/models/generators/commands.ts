import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../../src/errors.ts'
import { type CatalogGenerator, toGeneratorManifest } from '../../../src/models/catalog/generator-manifest.ts'
import { openWritableStore } from '../../console/writable-store.ts'
import { writePins } from '../places.ts'
import { hubOf, type ModelCommandSettings, runtimePlaces } from '../settings.ts'
import { addGgufFile } from './add.ts'
import { folderOf, type GeneratorBook, type LocalGenerator, openGeneratorBook } from './book.ts'
import { describeGenerators } from './list.ts'
import { pullGenerator } from './pull.ts'
import { neverPulled, pushGenerator } from './push.ts'
import { MOST_OFF, verifyGenerator } from './verify.ts'

type Command = (
  names: readonly string[],
  settings: ModelCommandSettings,
  book: GeneratorBook,
) => Promise<void>

const COMMANDS: Readonly<Record<string, Command>> = { list, pull, verify, push, add, remove }

/** Names of a command by what they name; one that is absent has nothing to do. */
interface SharedNames {
  readonly others?: readonly string[]
  readonly generators?: readonly string[]
}

const bookOf = ({ generators, lock }: ModelCommandSettings) => openGeneratorBook(generators, lock)

/** Tells names of language models from those of others. Without a name a command is about all of both. */
export function shareNames(
  command: string,
  names: readonly string[],
  settings: ModelCommandSettings,
): SharedNames {
  if (!(command in COMMANDS)) return { others: names }
  if (command === 'add') return isGguf(names[0]) ? { generators: names } : { others: names }
  const book = bookOf(settings)
  if (command === 'push' && names.length > 1) return sharePushed(names, book)
  if (names.length === 0 || command === 'push')
    return book.models.length > 0 && command !== 'pull'
      ? { others: names, generators: names }
      : { others: names }
  return shareByBook(names, book)
}

/** By its name, or by what it begins with. */
function isGguf(path = ''): boolean {
  if (/\.gguf$/i.test(path)) return true
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false
  const file = openSync(path, 'r')
  try {
    const start = Buffer.alloc(4)
    readSync(file, start)
    return start.toString('latin1') === 'GGUF'
  } finally {
    closeSync(file)
  }
}

function shareByBook(names: readonly string[], book: GeneratorBook): SharedNames {
  const generators = names.filter((name) => book.find(name))
  const others = names.filter((name) => !book.find(name))
  return { ...(others.length > 0 && { others }), ...(generators.length > 0 && { generators }) }
}

/** The first name of a push is the place of both. */
function sharePushed([place = '', ...names]: readonly string[], book: GeneratorBook): SharedNames {
  const { others, generators } = shareByBook(names, book)
  return {
    ...(others && { others: [place, ...others] }),
    ...(generators && { generators: [place, ...generators] }),
  }
}

/** Runs a command for language models; its errors are sentences for the operator. */
export async function runGeneratorCommand(
  command: string,
  names: readonly string[],
  settings: ModelCommandSettings,
): Promise<void> {
  await COMMANDS[command]!(names, settings, bookOf(settings))
}

async function list(_: readonly string[], settings: ModelCommandSettings, { models }: GeneratorBook) {
  const rows = models.map((model) => ({ model, place: folderOf(model, settings) }))
  settings.print('')
  settings.print(describeGenerators(rows))
}

async function pull(names: readonly string[], settings: ModelCommandSettings, book: GeneratorBook) {
  const { folder, lock, print, progress } = settings
  const pins = { ...book.pins }
  for (const name of names) {
    const model = requireLocal(book.find(name)!)
    const pin = await pullGenerator(model, pins[model.id], { ...hubOf(settings), folder, progress })
    pins[model.id] = pin
    writePins(lock, pins)
    const bytes = pin.files.reduce((sum, file) => sum + file.bytes, 0)
    print(`${model.id}@${pin.revision} in ${join(folder, model.id)}: ${bytes} bytes, pinned in ${lock}`)
    print(`  licence ${model.license}. ${model.remarks.join(' ')}`)
  }
}

async function verify(names: readonly string[], settings: ModelCommandSettings, book: GeneratorBook) {
  const here = book.models.filter((model) => folderOf(model, settings))
  const chosen = names.length > 0 ? names.map((name) => book.find(name)!) : here
  let wrong = 0
  for (const model of chosen) wrong += await verifyOne(requireLocal(model), settings)
  if (wrong === 0) return
  throw new AppError(
    'artifact_corrupt',
    `${wrong} canaries of language models are wrong; do not deploy this.`,
  )
}

async function verifyOne(model: LocalGenerator, settings: ModelCommandSettings): Promise<number> {
  const { print } = settings
  const manifest = toGeneratorManifest(model)
  const folder = folderOf(model, settings)
  if (!manifest || manifest.runtime === 'remote' || folder === undefined) throw neverPulled(model)
  const places = { folder, ...runtimePlaces(settings) }
  const results = await verifyGenerator(manifest, places)
  const without = manifest.tasks.includes('chat')
    ? ', has no canaries, answers a greeting'
    : ', has no canaries'
  print(`${model.id}: ${manifest.files.length} files as pinned, loads${results.length > 0 ? '' : without}`)
  const isWrong = ({ right, of, off }: (typeof results)[number]) => right < of || off > MOST_OFF
  for (const result of results) {
    const word = isWrong(result) ? 'WRONG' : 'right'
    print(`  ${word}  ${result.right} of ${result.of} tokens, chances within ${result.off.toFixed(4)}`)
  }
  return results.filter(isWrong).length
}

async function push(
  [place, ...names]: readonly string[],
  settings: ModelCommandSettings,
  book: GeneratorBook,
) {
  const store = openWritableStore(place, settings.environment)
  const here = book.models.filter((model) => folderOf(model, settings))
  const chosen = names.length > 0 ? names.map((name) => book.find(name)!) : here
  for (const model of chosen.map(requireLocal)) {
    const folder = folderOf(model, settings)
    if (folder === undefined) throw neverPulled(model)
    await pushGenerator(model, { store, folder, dryRun: settings.dryRun ?? false, print: settings.print })
  }
}

async function add([path]: readonly string[], settings: ModelCommandSettings) {
  addGgufFile(path!, settings)
}

async function remove(names: readonly string[], settings: ModelCommandSettings, book: GeneratorBook) {
  const pins = { ...book.pins }
  for (const name of names) {
    const { id } = book.find(name)!
    rmSync(join(settings.folder, id), { recursive: true, force: true })
    delete pins[id]
    settings.print(`${id} is gone from ${settings.folder}.`)
  }
  writePins(settings.lock, pins)
}

function requireLocal(model: CatalogGenerator): LocalGenerator {
  if (model.runtime !== 'remote') return model
  throw new AppError(
    'invalid_request',
    `Model ${model.id} has no files: it runs on another server. ${model.remarks.join(' ')}`,
    { details: { model: model.id } },
  )
}
