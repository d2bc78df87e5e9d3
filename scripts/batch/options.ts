import { type ParseArgsConfig, parseArgs } from 'node:util'
import { didYouMean } from '../../src/nearest.ts'
import { readNumber } from '../console/options.ts'

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
  readonly restart: boolean
  /** Of a simulation. */
  readonly rows: number
  readonly rowsPerSecond: number
  readonly concurrency: number
  /** As in `<file>.job.json`. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** Usage, printed for --help and after a mistake. */
export const USAGE = `npm run batch -- run <file> --out <folder> [setting …]   work on a file here; again to go on
npm run batch -- status [job]  --out <folder> | --bucket <name>
npm run batch -- cancel <job>  --out <folder> | --bucket <name>
npm run batch -- redrive [job] --out <folder> | --bucket <name> [--queue <url>] [--dead-letter <url>] [--restart]
                               let failed jobs go on from their last shard; all of them without a job
npm run batch -- simulate --rows 1000000000 [--rate 12000] [--concurrency 100]
                               time, cost and limits of a file that is split over many functions
Settings, as in <file>.job.json:
  --model jobs-static   --text-column title   --format csv   --output jsonl   --encoding base64   --shard-rows 4096
  --charset gb18030     encoding of a text file, found out where that is no guess: windows-1252, big5, utf-16le, …
  --delimiter ";"       between the fields of a table, found out otherwise; tab for a tab
  --unclosed-quote row  a quote that is never closed ends its row at the line, rather than the job
  --set name=value      any other setting, its value as JSON or text
Ends with 0 when the job succeeded, 1 when it failed or is not finished, 2 for a mistake in the command.`

const COMMANDS = ['run', 'status', 'cancel', 'redrive', 'simulate'] as const

const OPTIONS = {
  out: { type: 'string' },
  bucket: { type: 'string' },
  queue: { type: 'string' },
  'dead-letter': { type: 'string' },
  rows: { type: 'string', default: '1000000000' },
  rate: { type: 'string', default: '12000' },
  concurrency: { type: 'string', default: '100' },
  restart: { type: 'boolean', default: false },
  model: { type: 'string' },
  'text-column': { type: 'string' },
  format: { type: 'string' },
  output: { type: 'string' },
  encoding: { type: 'string' },
  charset: { type: 'string' },
  delimiter: { type: 'string' },
  'unclosed-quote': { type: 'string' },
  'shard-rows': { type: 'string' },
  set: { type: 'string', multiple: true, default: [] },
} satisfies NonNullable<ParseArgsConfig['options']>

/** Node's own sentence about an option that it does not know is about file names that begin with a dash. */
function refuseUnknown(values: string[]): void {
  const { tokens } = parseArgs({ args: values, strict: false, tokens: true, options: OPTIONS })
  const names = Object.keys(OPTIONS)
  for (const token of tokens ?? []) {
    if (token.kind !== 'option' || names.includes(token.name)) continue
    const near = didYouMean(
      token.rawName,
      names.map((name) => `--${name}`),
    )
    throw new TypeError(
      `There is no option ${token.rawName}${near.replaceAll('"', '') || `; expected ${names.map((name) => `--${name}`).join(', ')}, or --set name=value for another setting.`}`,
    )
  }
}

/**
 * Reads the command line.
 *
 * @throws TypeError for what it does not know or misses
 */
export function readOptions(values: string[]): BatchOptions {
  refuseUnknown(values)
  const { values: given, positionals } = parseArgs({ args: values, allowPositionals: true, options: OPTIONS })
  const [name, subject] = positionals
  const command = COMMANDS.find((known) => known === name)
  if (!command)
    throw new TypeError(`There is no command ${name ?? '(none)'}; expected ${COMMANDS.join(', ')}.`)
  if (!subject && (command === 'run' || command === 'cancel')) {
    throw new TypeError(`${command} needs a ${command === 'run' ? 'file' : 'job'}.`)
  }
  if (command !== 'simulate' && (given.out === undefined) === (given.bucket === undefined)) {
    throw new TypeError('Name either a folder with --out or a bucket with --bucket.')
  }
  if (command === 'run' && given.out === undefined) throw new TypeError('run needs a folder: --out <folder>.')
  const { out, bucket, queue, restart } = given
  return {
    command,
    subject,
    out,
    bucket,
    queue,
    deadLetter: given['dead-letter'],
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

type Given = Readonly<Record<string, string | boolean | string[] | undefined>>

function settingsOf(given: Given): Record<string, unknown> {
  const settings: Record<string, unknown> = {}
  for (const [option, setting] of Object.entries(NAMED)) {
    const text = given[option]
    if (text !== undefined)
      add(settings, setting, setting === 'shardRows' ? readValue(String(text)) : text, option)
  }
  for (const pair of given.set as string[]) {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(pair) ?? []
    if (!name) throw new TypeError(`--set is ${JSON.stringify(pair)}; expected name=value.`)
    add(settings, name, readValue(value!), 'set')
  }
  return settings
}

/** @throws TypeError for a setting that was given before, of which only one could count */
function add(settings: Record<string, unknown>, name: string, value: unknown, option: string): void {
  if (Object.hasOwn(settings, name)) {
    throw new TypeError(`--${option} gives the setting ${name} a second time; give it once.`)
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
