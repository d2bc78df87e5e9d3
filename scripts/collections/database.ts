import type { CandidateIndex, IndexInfo } from '../../src/collections/candidate-index.ts'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { commandOf } from '../console/tool-arguments.ts'
import { type CollectionCommandSettings, embedInto, nameOf, readIds } from './commands.ts'

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
  compact: () => refuse('compact', 'the database does that itself (autovacuum)'),
  rollback: () => refuse('rollback', 'each change is one transaction, which is whole or not there'),
  list: () => refuse('list', 'ask it: SELECT name, version, rows FROM serverless_embeddings.collections'),
}

/** Runs one command on collections in PostgreSQL; its errors are sentences for the operator. */
export async function runDatabaseCommand(
  command: string,
  names: readonly string[],
  settings: CollectionCommandSettings,
): Promise<void> {
  const run = commandOf(COMMANDS, command)
  const index = createPgvectorIndex(settings.to, settings.environment.COLLECTIONS_PASSWORD)
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
      `The encoding is ${settings.encoding}; a database keeps halfvec, two bytes a number; leave --encoding out.`,
    )
  }
  await embedInto(names, settings, async (rows, { model }) =>
    describe(await index[how](nameOf(names, settings), rows, { model }, createContext())),
  )
}

async function remove([path]: readonly string[], settings: CollectionCommandSettings, index: CandidateIndex) {
  const ids = readIds(path)
  const { removed, ...left } = await index.remove(nameOf([], settings), ids, createContext())
  settings.print(`${removed} of ${ids.size} ids were there. ${describe(left)}`)
}

async function info(_: readonly string[], settings: CollectionCommandSettings, index: CandidateIndex) {
  const name = nameOf([], settings)
  const known = await index.info(name, createContext())
  if (!known) throw new AppError('invalid_request', `The database has no collection ${name}.`)
  settings.print(JSON.stringify(known, null, 2))
}

function describe({ version, rows, model }: IndexInfo): string {
  return `Version ${version}: ${rows} rows of ${model.id} (halfvec) in PostgreSQL.`
}

function refuse(command: string, why: string): never {
  throw new AppError('invalid_request', `A collection in a database has no ${command}: ${why}.`)
}
