import { readNumber, UsageError } from '../console/options.ts'
import type { ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'

const ABOVE_ZERO = { least: Number.MIN_VALUE }

/** What the command line asks for. */
export interface BatchOptions {
  readonly command: (typeof COMMANDS)[number]
  /** A file to run, or a job. */
  readonly subject: string | undefined
  readonly out: string | undefined
  readonly bucket: string | undefined
  readonly queue: string | undefined
  readonly deadLetter: string | undefined
  /** ARN of the state machine that splits large files. */
  readonly stateMachine: string | undefined
  readonly restart: boolean
  /** Of a simulation. */
  readonly rows: number
  readonly rowsPerSecond: number
  readonly concurrency: number
  /** As in `<file>.job.json`. */
  readonly settings: Readonly<Record<string, unknown>>
}

const COMMANDS = ['run', 'status', 'cancel', 'redrive', 'simulate'] as const

/** What `--help` prints. */
export const BATCH_SHAPE = {
  name: 'batch',
  summary:
    'Turns files into vectors on this machine, as the worker of a bucket does; looks after jobs; says what a large one would take.',
  usage: ['<command> [option …]'],
  commands: [
    ['run <file>', 'works on a file here; again to go on where it stopped (--out)'],
    ['status [job]', 'how far jobs are (--out or --bucket)'],
    ['cancel <job>', 'stops a job before its next shard (--out or --bucket)'],
    [
      'redrive [job]',
      'lets failed jobs go on from their last shard; all of them without a job (--out or --bucket)',
    ],
    ['simulate', 'time, cost and limits of a file that is split over many functions'],
  ],
  options: {
    out: { value: '<folder>', help: 'where the output of a job on this machine is' },
    bucket: { value: '<name>', help: 'where jobs of a stack are' },
    model: { value: '<id or alias>', help: 'of "models list" (default jobs-static)' },
    'text-column': { value: '<name>', help: 'the column with the texts (default by its name)' },
    format: {
      value: '<format>',
      help: 'jsonl, json, csv, tsv, lines or parquet (default by the name of the file)',
    },
    output: { value: '<format>', help: 'jsonl or parquet (default jsonl)' },
    encoding: { value: '<name>', help: 'of vectors: float, base64, int8 or ubinary (default float)' },
    charset: {
      value: '<name>',
      help: 'encoding of a text file, found out where that is no guess: gb18030, windows-1252, big5, utf-16le, …',
    },
    delimiter: { value: '<sign>', help: 'between the fields of a table, found out otherwise; tab for a tab' },
    'unclosed-quote': {
      value: '<what>',
      help: 'fail, or row: a quote that is never closed ends its row at the line (default fail)',
    },
    'shard-rows': { value: '<rows>', help: 'rows of one output file (default up to 4096)' },
    set: {
      value: '<name=value>',
      multiple: true,
      help: 'any other setting of <file>.job.json, its value as JSON or text',
    },
    queue: { value: '<url>', help: 'redrive: the queue that jobs are announced to' },
    'state-machine': {
      value: '<arn>',
      help: 'redrive: what starts files that are split, and what dead letters tell of',
    },
    'dead-letter': { value: '<url>', help: 'redrive: the queue whose messages come back' },
    restart: { help: 'redrive: from the beginning' },
    rows: { value: '<rows>', default: '1000000000', help: 'simulate: rows of the file' },
    rate: { value: '<rows>', default: '12000', help: 'simulate: rows a second of one function' },
    concurrency: { value: '<functions>', default: '100', help: 'simulate: functions at once' },
  },
  examples: [
    'run resumes.csv --out vectors',
    'run resumes.csv --out vectors --model fast --text-column summary --output parquet',
    'status --out vectors',
    'redrive --bucket my-bucket --queue https://sqs.eu-central-1.amazonaws.com/1/jobs',
    'simulate --rows 50000000 --concurrency 200',
  ],
  notes: ['Settings stand in <file>.job.json, too; those of the command line count before them.'],
  helpAlone: true,
} as const

/**
 * Reads the command line.
 *
 * @throws UsageError for what it does not know or misses
 */
export function readOptions(args: readonly string[]): BatchOptions {
  const { values: given, positionals } = readArguments<typeof BATCH_SHAPE.options>(BATCH_SHAPE, args)
  const [name, subject] = positionals
  const command = COMMANDS.find((known) => known === name)
  if (!command)
    throw new UsageError(`There is no command ${name ?? '(none)'}; expected ${COMMANDS.join(', ')}.`)
  if (!subject && (command === 'run' || command === 'cancel')) {
    throw new UsageError(`${command} needs a ${command === 'run' ? 'file' : 'job'}.`)
  }
  if (command !== 'simulate' && (given.out === undefined) === (given.bucket === undefined)) {
    throw new UsageError('Name either a folder with --out or a bucket with --bucket.')
  }
  if (command === 'run' && given.out === undefined)
    throw new UsageError('run needs a folder: --out <folder>.')
  const { out, bucket, queue, restart } = given
  if (given['dead-letter'] !== undefined && queue === undefined)
    throw new UsageError('--dead-letter needs the queue that its messages go to: --queue <url>.')
  return {
    command,
    subject,
    out,
    bucket,
    queue,
    deadLetter: given['dead-letter'],
    stateMachine: given['state-machine'],
    restart,
    rows: readNumber('--rows', given.rows, ABOVE_ZERO),
    rowsPerSecond: readNumber('--rate', given.rate, ABOVE_ZERO),
    concurrency: readNumber('--concurrency', given.concurrency, ABOVE_ZERO),
    settings: settingsOf(given),
  }
}

/** Settings with an option of their own. */
const NAMED = {
  model: 'model',
  'text-column': 'textColumn',
  format: 'format',
  output: 'output',
  encoding: 'encoding',
  charset: 'charset',
  delimiter: 'delimiter',
  'unclosed-quote': 'unclosedQuote',
  'shard-rows': 'shardRows',
} as const

/** How a command line names a setting: `--text-column`, or `--set top`. */
export function optionOf(setting: string): string {
  const own = Object.entries(NAMED).find(([, name]) => name === setting)
  return own ? `--${own[0]}` : `--set ${setting}`
}

type Given = ToolValues<typeof BATCH_SHAPE.options>

function settingsOf(given: Given): Record<string, unknown> {
  const settings: Record<string, unknown> = {}
  for (const [option, setting] of Object.entries(NAMED)) {
    const text = given[option as keyof typeof NAMED]
    if (text !== undefined)
      add(settings, setting, setting === 'shardRows' ? readValue(String(text)) : text, option)
  }
  for (const pair of given.set) {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(pair) ?? []
    if (!name) throw new UsageError(`--set is ${JSON.stringify(pair)}; expected name=value.`)
    add(settings, name, readValue(value!), 'set')
  }
  return settings
}

/** @throws UsageError for a setting that was given before, of which only one could count */
function add(settings: Record<string, unknown>, name: string, value: unknown, option: string): void {
  if (Object.hasOwn(settings, name)) {
    throw new UsageError(`--${option} gives the setting ${name} a second time; give it once.`)
  }
  // By plain assignment a setting `__proto__` would be lost rather than refused.
  Object.defineProperty(settings, name, { value, enumerable: true })
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
