import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { openCore } from '../../src/app.ts'
import { compactCollection, rollBack } from '../../src/collections/compact.ts'
import { dropCollection, listNames } from '../../src/collections/drop.ts'
import { type CollectionManifest, checkName, liveRows, versionOf } from '../../src/collections/manifest.ts'
import { findDamage, readLatest, readWholeVersion, versionKeys } from '../../src/collections/versions.ts'
import { addRows, buildCollection, removeRows, type WriteSettings } from '../../src/collections/write.ts'
import { readConfig } from '../../src/config.ts'
import { createContext } from '../../src/context.ts'
import { AppError, toAppError } from '../../src/errors.ts'
import { makerOf } from '../../src/models/catalog/learned.ts'
import { createEmbedService } from '../../src/services/embed.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { readFileOptions } from '../console/rows.ts'
import { formatTable } from '../console/table.ts'
import { commandOf } from '../console/tool-arguments.ts'
import { openWritableStore } from '../console/writable-store.ts'
import { embedLines } from './rows.ts'

/** What the commands are told from outside. */
export interface CollectionCommandSettings {
  /** A directory or `s3://bucket/prefix`. */
  readonly to: string
  readonly name?: string | undefined
  readonly model?: string | undefined
  readonly encoding?: string | undefined
  /** What becomes of an id that occurs again. */
  readonly 'repeated-ids'?: string | undefined
  /** How a file of rows is read, where its name and bytes do not say. */
  readonly format?: string | undefined
  readonly charset?: string | undefined
  readonly delimiter?: string | undefined
  /** The folder that holds `layers/`; the working folder when absent. */
  readonly root?: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly print: (line: string) => void
}

type Command = (
  names: readonly string[],
  settings: CollectionCommandSettings,
  store: WritableStore,
) => Promise<void>

const COMMANDS: Readonly<Record<string, Command>> = {
  ...{ build, add, remove, compact, rollback, list, info },
  delete: drop,
}

/** Runs one command; its errors are sentences for the operator. */
export async function runCollectionCommand(
  command: string,
  names: readonly string[],
  settings: CollectionCommandSettings,
): Promise<void> {
  const run = commandOf(COMMANDS, command)
  await run(names, settings, openWritableStore(settings.to, settings.environment))
}

async function build(names: readonly string[], settings: CollectionCommandSettings, store: WritableStore) {
  await embedInto(names, settings, async (rows, write) =>
    describe(await buildCollection(store, nameOf(names, settings), rows, write)),
  )
}

async function add(names: readonly string[], settings: CollectionCommandSettings, store: WritableStore) {
  await embedInto(names, settings, async (rows, write) =>
    describe(await addRows(store, nameOf(names, settings), rows, write)),
  )
}

type Write = (rows: ReturnType<typeof embedLines>, settings: WriteSettings) => Promise<string>

/** Embeds a file of rows, has them written, and prints the sentence about what is there now. */
export async function embedInto(
  [path]: readonly string[],
  settings: CollectionCommandSettings,
  write: Write,
): Promise<void> {
  const { model, encoding, environment, print } = settings
  if (path === undefined) throw new AppError('invalid_request', 'Expected the path of a file of rows.')
  if (encoding !== undefined && encoding !== 'float32' && encoding !== 'int8') {
    throw new AppError('invalid_request', `The encoding is ${encoding}; expected float32 or int8.`)
  }
  const repeatedIds = settings['repeated-ids']
  if (repeatedIds !== undefined && repeatedIds !== 'refuse' && repeatedIds !== 'last') {
    throw new AppError(
      'invalid_request',
      `The option --repeated-ids is ${repeatedIds}; expected refuse or last.`,
    )
  }
  const config = readConfig(environment, { memoryBytes: 8e9, processors: 2, root: settings.root ?? '.' })
  const { catalog, engine } = openCore({ ...config, modelBudgetBytes: Number.MAX_SAFE_INTEGER })
  const manifest = catalog.resolve(model ?? config.defaultModel)
  const { id, dimensions } = manifest
  const embed = createEmbedService({ catalog, engine, defaultModel: id })
  const show = (rows: number) => process.stderr.isTTY && process.stderr.write(`\r${rows} rows`)
  try {
    const rows = embedLines(path, readFileOptions(settings), id, embed, show)
    print(await write(rows, { model: { ...makerOf(manifest), dimensions }, encoding, repeatedIds }))
  } finally {
    await engine.close()
  }
}

async function remove([path]: readonly string[], settings: CollectionCommandSettings, store: WritableStore) {
  const ids = readIds(path)
  const { manifest, removed } = await removeRows(store, nameOf([], settings), ids)
  settings.print(`${removed} of ${ids.size} ids were there. ${describe(manifest)}`)
}

/** The ids of a file that has one a line. */
export function readIds(path: string | undefined): Set<string> {
  if (path === undefined)
    throw new AppError('invalid_request', 'Expected the path of a file with an id a line.')
  const lines = readFileSync(path, 'utf8').split(/\r?\n/)
  return new Set(lines.filter((line) => line !== ''))
}

async function compact(_: readonly string[], settings: CollectionCommandSettings, store: WritableStore) {
  settings.print(describe(await compactCollection(store, nameOf([], settings))))
}

async function rollback(_: readonly string[], settings: CollectionCommandSettings, store: WritableStore) {
  const name = nameOf([], settings)
  const done = await rollBack(store, name)
  if (done) return settings.print(`Version ${done.from} again. ${describe(done.manifest)}`)
  settings.print('Nothing to do: every file of the newest version is there and as it was written.')
}

function damagedVersion(
  store: WritableStore,
  name: string,
  { version }: CollectionManifest,
  files: readonly string[],
): AppError {
  return new AppError(
    'artifact_corrupt',
    `Version ${version} of collection ${name} in ${store.name} lacks ${files.length} files (${files.slice(0, 5).join(', ')}); try "npm run collections -- rollback --name ${name}", or build it again.`,
  )
}

async function list(_: readonly string[], { print }: CollectionCommandSettings, store: WritableStore) {
  const names = await listNames(store, createContext())
  const rows = [['name', 'rows', 'version', 'model', 'encoding', 'files']]
  for (const name of names) {
    const newest = (await versionKeys(store, name)).at(-1)
    if (newest === undefined) continue
    const manifest = await readWholeVersion(store, newest)
    if (!manifest) {
      rows.push([name, '–', String(versionOf(newest)), '–', '–', 'cannot be read: roll back'])
      continue
    }
    const { version, model, encoding } = manifest
    const damaged = await findDamage(store, name, manifest)
    const files = damaged.length === 0 ? 'all there' : `${damaged.length} missing: roll back`
    rows.push([name, String(liveRows(manifest)), String(version), model.id, encoding, files])
  }
  print(formatTable(rows))
}

async function info(_: readonly string[], settings: CollectionCommandSettings, store: WritableStore) {
  const name = nameOf([], settings)
  const manifest = await readLatest(store, name)
  if (!manifest) throw new AppError('invalid_request', `${store.name} has no collection ${name}.`)
  settings.print(JSON.stringify(manifest, null, 2))
  const damaged = await findDamage(store, name, manifest)
  if (damaged.length > 0) throw damagedVersion(store, name, manifest, damaged)
}

async function drop(_: readonly string[], settings: CollectionCommandSettings, store: WritableStore) {
  const name = nameOf([], settings)
  tellDeleted(settings, store.name, await dropCollection(store, name, createContext()))
}

/** Says that a collection was deleted, or that there was none. @throws AppError `invalid_request` for none */
export function tellDeleted(settings: CollectionCommandSettings, place: string, was: boolean): void {
  const name = nameOf([], settings)
  if (!was) throw new AppError('invalid_request', `${place} has no collection ${name}.`)
  settings.print(`Collection ${name} was deleted with all its versions.`)
}

function describe(manifest: CollectionManifest): string {
  const { version, model, encoding, segments } = manifest
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
  return `Version ${version}: ${liveRows(manifest)} rows of ${model.id} (${encoding}) in ${segments.length} segments, ${bytes} bytes.`
}

const PACKING = /\.(gz|gzip|zst|zstd)$/i

/** The name that is given, or the file's without its endings. */
export function nameOf([path]: readonly string[], { name }: CollectionCommandSettings): string {
  if (name !== undefined) return checkName(name)
  if (path === undefined)
    throw new AppError('invalid_request', 'Expected --name with the name of a collection.')
  const own = basename(path)
    .replace(PACKING, '')
    .replace(/(?!^)\.[^.]*$/, '')
  try {
    return checkName(own)
  } catch (error) {
    throw new AppError('invalid_request', `${toAppError(error).message.slice(0, -1)}; give it one by --name.`)
  }
}
