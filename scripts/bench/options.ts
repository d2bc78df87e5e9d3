import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { readNumber } from '../console/options.ts'

const COUNT = { least: 1, whole: true }

/** The parts of the bench. */
const PARTS = ['first', 'warm', 'mixed', 'health'] as const

/** One of {@link PARTS}. */
export type Part = (typeof PARTS)[number]

/** What the command line asks for. */
export interface BenchOptions {
  readonly parts: readonly Part[]
  /** Rounds; in each, every entrant runs once in a fresh process (three times where that takes less than a second). */
  readonly runs: number
  /** A folder with an exported encoder; without it one of the same shape is built. */
  readonly model: string | undefined
  readonly tokenizer: string
  readonly texts: number
  readonly threads: number
  /** Leaves transformers.js and fastembed out. */
  readonly peers: boolean
}

/** Usage, printed for --help and after an unknown option. */
export const USAGE = `npm run bench -- [option …]
  --only first,mixed   parts to run, of ${PARTS.join(', ')}
  --runs 5             rounds of interleaved runs
  --model <folder>     an exported encoder (model_quantized.onnx, tokenizer.json, config.json);
                       default ../shared/models/all-MiniLM-L6-v2, else one of its shape with random weights
  --tokenizer <file>   a tokenizer.json for the built model (default ../shared/data/bert.tokenizer.json)
  --threads 2          threads of every entrant
  --no-peers           this project and the floor only
  --quick              1 round, 200 texts`

/** Reads the command line. Throws a TypeError for unknown options and parts. */
export function readOptions(values: string[]): BenchOptions {
  const { values: given } = parseArgs({
    args: values,
    allowNegative: true,
    options: {
      only: { type: 'string', default: PARTS.join(',') },
      runs: { type: 'string' },
      model: { type: 'string' },
      tokenizer: { type: 'string', default: '../shared/data/bert.tokenizer.json' },
      threads: { type: 'string', default: String(Math.min(2, availableParallelism())) },
      peers: { type: 'boolean', default: true },
      quick: { type: 'boolean', default: false },
    },
  })
  return {
    parts: given.only.split(',').map(partOf),
    runs: readNumber('--runs', given.runs ?? (given.quick ? '1' : '5'), COUNT),
    model: given.model,
    tokenizer: given.tokenizer,
    texts: given.quick ? 200 : 1000,
    threads: readNumber('--threads', given.threads, COUNT),
    peers: given.peers,
  }
}

function partOf(name: string): Part {
  const part = PARTS.find((candidate) => candidate === name.trim())
  if (part) return part
  throw new TypeError(`--only names no part ${JSON.stringify(name)}; expected some of ${PARTS.join(', ')}.`)
}
