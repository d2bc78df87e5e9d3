import type { CandidateIndex, IndexInfo } from '../../src/collections/candidate-index.ts'
import { isS3Vectors } from '../../src/collections/s3vectors/place.ts'
import { createS3VectorsIndex } from '../../src/collections/s3vectors/s3vectors-index.ts'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { formatTable } from '../console/table.ts'
import { commandOf } from '../console/tool-arguments.ts'
import { type CollectionCommandSettings, embedInto, nameOf, readIds, tellDeleted } from './commands.ts'
import { openIndex } from './open-index.ts'

type Command = (
  names: readonly string[],
  settings: CollectionCommandSettings,
  index: CandidateIndex,
) => Promise<void>

const COMMANDS: Readonly<Record<string, Command>> = {
  build: (names, settings, index) => write('build', names, settings, index),
  add: (names, settings, index) => write('add', names, settings, index),
  remove,
  info,
  compact,
  rollback: (_, { to }) =>
    refuse('rollback', to, {
      database: 'each change is one transaction, which is whole or not there',
      bucket: 'each change counts when it is whole',
    }),
  list,
  delete: drop,
}

/** Runs one command on collections in a database or vector bucket; its errors are sentences for the operator. */
export async function runDatabaseCommand(
  command: string,
  names: readonly string[],
  settings: CollectionCommandSettings,
): Promise<void> {
  const run = commandOf(COMMANDS, command)
  const index = openIndex(settings.to, { environment: settings.environment })
  try {
    await run(names, settings, index)
  } finally {
    await index.close()
  }
}

async function write(
  how: 'build' | 'add',
  names: readonly string[],
  settings: CollectionCommandSettings,
  index: CandidateIndex,
): Promise<void> {
  if (settings.encoding !== undefined) {
    throw new AppError(
      'invalid_request',
      `The encoding is ${settings.encoding}; ${index.engine} keeps ${KEPT[index.engine]}; leave --encoding out.`,
    )
  }
  await embedInto(names, settings, async (rows, { model, repeatedIds }) =>
    describe(index, await index[how](nameOf(names, settings), rows, { model, repeatedIds }, createContext())),
  )
}

async function remove([path]: readonly string[], settings: CollectionCommandSettings, index: CandidateIndex) {
  const ids = readIds(path)
  const { removed, ...left } = await index.remove(nameOf([], settings), ids, createContext())
  settings.print(`${removed} of ${ids.size} ids were there. ${describe(index, left)}`)
}

async function info(_: readonly string[], settings: CollectionCommandSettings, index: CandidateIndex) {
  const name = nameOf([], settings)
  const known = await index.info(name, createContext())
  if (!known) throw new AppError('invalid_request', `${PLACES[index.engine]} has no collection ${name}.`)
  settings.print(JSON.stringify(known, null, 2))
}

async function list(_: readonly string[], { print }: CollectionCommandSettings, index: CandidateIndex) {
  const listed = await index.list(createContext())
  const rows = listed.map(({ name, version, rows, model }) => [name, `${rows}`, `${version}`, model.id])
  print(formatTable([['name', 'rows', 'version', 'model'], ...rows]))
}

async function drop(_: readonly string[], settings: CollectionCommandSettings, index: CandidateIndex) {
  const was = await index.drop(nameOf([], settings), createContext())
  tellDeleted(settings, PLACES[index.engine], was)
}

async function compact(_: readonly string[], settings: CollectionCommandSettings): Promise<void> {
  const { to } = settings
  if (!isS3Vectors(to))
    return refuse('compact', to, { database: 'the database does that itself (autovacuum)' })
  const index = createS3VectorsIndex(to)
  try {
    const { deleted, ...left } = await index.compact(nameOf([], settings), createContext())
    settings.print(`${deleted} rows that count no more were deleted. ${describe(index, left)}`)
  } finally {
    await index.close()
  }
}

const KEPT = { exact: 'what it is told', pgvector: 'halfvec, two bytes a number', s3vectors: 'float32' }
const PLACES = { exact: 'The store', pgvector: 'The database', s3vectors: 'The vector bucket' }

function describe({ engine }: CandidateIndex, { version, rows, model }: IndexInfo): string {
  const where = engine === 'pgvector' ? '(halfvec) in PostgreSQL' : 'in Amazon S3 Vectors'
  return `Version ${version}: ${rows} rows of ${model.id} ${where}.`
}

function refuse(
  command: string,
  place: string,
  why: { readonly database: string; readonly bucket?: string },
): never {
  const reason = isS3Vectors(place) ? why.bucket : undefined
  throw new AppError(
    'invalid_request',
    `A collection in a ${reason === undefined ? 'database' : 'vector bucket'} has no ${command}: ${reason ?? why.database}.`,
  )
}
