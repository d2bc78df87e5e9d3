import { availableParallelism } from 'node:os'
import { readNumber, UsageError } from '../console/options.ts'
import { readArguments } from '../console/tool-arguments.ts'

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
  /** A folder with an exported encoder; without it the published all-MiniLM-L6-v2. */
  readonly model: string | undefined
  readonly texts: number
  readonly threads: number
  /** Leaves transformers.js and fastembed out. */
  readonly peers: boolean
}

/** What `--help` prints. */
export const BENCH_SHAPE = {
  name: 'bench',
  summary:
    'Measures this project beside transformers.js, fastembed and the bare ONNX runtime (the floor), in one run.',
  usage: ['[option …]', '<part> [option …]'],
  commands: [
    ['match', 'matches and searches'],
    ['collections', 'exact search in collections, and loading them; or recall@10 of PostgreSQL'],
    ['batch', 'files by the worker of batch jobs'],
    ['stalls', 'how long /health waits beside hostile requests'],
    ['generate', 'language models: tokens a second by threads, first token, memory'],
    ['goodput', 'answers beside clients that retry at once'],
    ['learn', 'what learning from 2,000 titles gains, takes and refuses'],
    ['scale', 'servers behind haproxy, as many as Kubernetes would start'],
    ['serve', '1 to 128 callers, beside one who sends all texts at once'],
    ['store', 'a first vector with the model in a bucket, beside the same from disk'],
    ['faults', 'what is lost when things break: nothing'],
  ],
  options: {
    only: { value: '<parts>', default: PARTS.join(','), help: 'parts to run' },
    runs: { value: '<number>', help: 'rounds of interleaved runs (default 5)' },
    model: {
      value: '<folder>',
      help: 'an exported encoder: model_quantized.onnx, tokenizer.json, config.json (default models/all-MiniLM-L6-v2, as pulled)',
    },
    threads: {
      value: '<number>',
      default: String(Math.min(2, availableParallelism())),
      help: 'of every entrant',
    },
    peers: { on: true, help: 'this project and the floor only' },
    quick: { help: '1 round, 200 texts' },
  },
  examples: ['--quick --no-peers', '--only first,mixed', 'match --help'],
} as const

/** Reads the command line. @throws UsageError for unknown options and parts */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values: given } = readArguments<typeof BENCH_SHAPE.options>(BENCH_SHAPE, args)
  return {
    parts: given.only.split(',').map(partOf),
    runs: readNumber('--runs', given.runs ?? (given.quick ? '1' : '5'), COUNT),
    model: given.model,
    texts: given.quick ? 200 : 1000,
    threads: readNumber('--threads', given.threads, COUNT),
    peers: given.peers,
  }
}

function partOf(name: string): Part {
  const part = PARTS.find((candidate) => candidate === name.trim())
  if (part) return part
  throw new UsageError(`--only names no part ${JSON.stringify(name)}; expected some of ${PARTS.join(', ')}.`)
}
