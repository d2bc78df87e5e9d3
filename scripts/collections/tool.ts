import { isDatabase } from '../../src/collections/databases.ts'
import { FILE_OPTIONS } from '../console/rows.ts'
import type { Tool } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { runCollectionCommand } from './commands.ts'
import { runCopyCommand } from './copy.ts'
import { runDatabaseCommand } from './database.ts'

const SHAPE = {
  name: 'collections',
  summary:
    'Embeds candidates once and keeps them, so that POST /match searches them by the name of their collection.',
  usage: ['<command> [option …]'],
  commands: [
    ['build <file>', 'embeds the rows of a file as a collection of its name, in the place of the old one'],
    ['add <file>', 'adds rows; one whose id is there takes the place of the old one'],
    ['remove <ids.txt>', 'takes rows out, by ids that stand on a line each'],
    ['compact', 'writes what is left into new files, and deletes those that no version needs for a day'],
    ['rollback', 'goes back to the last version whose files are all there, as they were written'],
    [
      'copy <from> <to>',
      'copies one collection from a place to another, whatever keeps it; it counts there when it is whole',
    ],
    ['list', 'the collections'],
    ['info', "one collection's newest version"],
    ['delete', 'deletes one collection with all its versions'],
  ],
  options: {
    to: {
      value: '<place>',
      help: 'a folder, s3://bucket/prefix, postgres://user@host/database or s3vectors://bucket/index (default COLLECTIONS, else collections)',
    },
    name: { value: '<name>', help: 'of the collection (default the name of the file)' },
    model: { value: '<id or alias>', help: 'of "models list" (default DEFAULT_MODEL, else jobs-static)' },
    encoding: {
      value: '<name>',
      help: 'float32, or int8 in a quarter of the memory (default float32; to add, what it has)',
    },
    'repeated-ids': {
      value: '<what>',
      help: 'an id that occurs again in the file: refuse, or last, so that its last row counts (default refuse)',
    },
    ...FILE_OPTIONS,
  },
  examples: [
    'build resumes.csv --to collections',
    'build jobs.jsonl --model jobs --to s3://bucket/collections --encoding int8',
    'add more.jsonl --name jobs',
    'copy collections s3vectors://bucket/index --name jobs',
    'list',
  ],
  notes: [
    'The password of a database is read from COLLECTIONS_PASSWORD.',
    'Files: .jsonl, .json, .csv, .tsv, .txt and .parquet, also packed by gzip or zstd.',
  ],
  helpAlone: true,
} as const

const runCopies: typeof runCollectionCommand = (_, places, settings) => runCopyCommand(places, settings)

/** `npm run collections`: the commands that keep collections. */
export const collectionsTool: Tool = {
  shape: SHAPE,
  async run(args, root) {
    const { values, positionals } = readArguments<typeof SHAPE.options>(SHAPE, args)
    const [command = '', ...names] = positionals
    const { to = process.env.COLLECTIONS ?? 'collections', ...others } = values
    const files = isDatabase(to) ? runDatabaseCommand : runCollectionCommand
    const run = command === 'copy' ? runCopies : files
    await run(command, names, {
      ...others,
      to,
      root,
      environment: process.env,
      print: console.log,
    })
    return 0
  },
}
