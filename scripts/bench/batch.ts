import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { median } from '../console/statistics.ts'
import type { Tool, ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { type BenchModel, findModel, layOutModel } from './model.ts'
import { installPeers } from './peers.ts'
import { buildPeers } from './programs.ts'
import { formatTargets } from './report.ts'
import type { Target } from './targets.ts'
import { mixedTexts, textOfTokens, wordsOf } from './texts.ts'

/** transformers.js takes six times as long. */
const PEER_TEXTS = 500

const SHAPE = {
  name: 'bench -- batch',
  summary: 'Embeds files by the worker of batch jobs, beside transformers.js.',
  usage: ['[option …]'],
  options: {
    rows: {
      value: '<number>',
      default: '1000000',
      help: 'rows of 20 tokens for jobs-static, the longest of two files; the other has 10,000',
    },
    texts: {
      value: '<number>',
      default: '20000',
      help: `rows of mixed length for a model of the shape of all-MiniLM-L6-v2; transformers.js gets ${PEER_TEXTS} of them`,
    },
    runs: { value: '<number>', default: '3', help: 'of each file' },
    'no-peers': { help: 'leaves transformers.js out' },
  },
  examples: ['', '--rows 100000 --no-peers'],
} as const

const FOLDER = resolve('.cache/bench/batch')
const SMALL_ROWS = 10_000
const TOKENS = 20

interface Measured {
  readonly rows: number
  readonly milliseconds: number
  /** The most memory that the process had. */
  readonly bytes: number
}

/** Measures files on this disk: speed and memory of short rows, and of long rows against the engine alone. */
export const benchBatch: Tool = {
  shape: SHAPE,
  async run(args) {
    await measureAll(readArguments<typeof SHAPE.options>(SHAPE, args).values)
    return 0
  },
}

async function measureAll(values: ToolValues<typeof SHAPE.options>): Promise<void> {
  const [rows, texts, runs] = [values.rows, values.texts, values.runs].map(Number) as [number, number, number]
  mkdirSync(FOLDER, { recursive: true })
  const model = await layOutModel(findModel(), '.cache/bench/models')
  const words = wordsOf(model.tokenizerJson)
  const short = (count: number) => writeRows(count, (row) => textOfTokens(words, TOKENS + 2, row))
  const [small, large] = [short(SMALL_ROWS), short(rows)]
  const mixed = mixedTexts(words, texts)
  const long = writeRows(texts, (row) => mixed[row]!, 'mixed')
  const catalog = join(FOLDER, 'catalog.json')
  writeFileSync(catalog, JSON.stringify([model.manifest]))
  const encoder = { MODEL_CATALOG: catalog, MODEL_SOURCES: resolve(model.folder) }

  const peer = values['no-peers'] ? undefined : await openPeer(model)
  const part = writeRows(Math.min(texts, PEER_TEXTS), (row) => mixed[row]!, 'peer')

  const [few, many] = [[], []] as [Measured[], Measured[]]
  const [ratios, peers] = [[], []] as [number[], number[]]
  for (let run = 0; run < runs; run++) {
    few.push(measure('batch', small, 'jobs-static'))
    many.push(measure('batch', large, 'jobs-static'))
    const alone = measure('engine', long, model.manifest.id, encoder)
    const worker = measure('batch', long, model.manifest.id, encoder)
    ratios.push(alone.milliseconds / worker.milliseconds)
    if (peer) peers.push(comparePeer(peer, part, model.manifest.id, encoder))
    console.log(
      `run ${run + 1}: jobs-static ${rate(few.at(-1)!)} (${SMALL_ROWS} rows), ${rate(many.at(-1)!)} (${rows} rows); MiniLM shape ${rate(worker)}, the engine alone ${rate(alone)}`,
    )
  }
  console.log(`\n${formatTargets(targetsOf(few, many, ratios, peers))}`)
}

type Peer = (file: string) => Measured

/** A script with transformers.js that does the same file. */
async function openPeer({ folder, manifest }: BenchModel): Promise<Peer> {
  const peersFolder = resolve('.cache/bench/peers')
  installPeers(peersFolder)
  await buildPeers([resolve('scripts/bench/entrants/transformers-file.ts')], peersFolder)
  const threads = String(availableParallelism())
  return (file) => {
    const program = join(peersFolder, 'transformers-file.mjs')
    return measured([program, file, join(FOLDER, 'peer.jsonl'), resolve(folder), manifest.id, threads])
  }
}

/** How many times as many rows a second the worker has. */
function comparePeer(peer: Peer, file: string, model: string, encoder: Record<string, string>): number {
  const [theirs, ours] = [peer(file), measure('batch', file, model, encoder)]
  console.log(
    `  a script with transformers.js ${rate(theirs)} (${theirs.rows} rows), the worker ${rate(ours)}`,
  )
  return theirs.milliseconds / ours.milliseconds
}

function targetsOf(
  few: readonly Measured[],
  many: readonly Measured[],
  ratios: readonly number[],
  peers: readonly number[],
): Target[] {
  const perSecond = many.map(({ rows, milliseconds }) => (rows / milliseconds) * 1000)
  const memory = many.map(({ bytes }, run) => bytes / few[run]!.bytes)
  const target = (name: string, all: readonly number[], limit: number, sense: Target['sense']): Target => {
    const atBest = sense === 'at most' ? Math.min(...all) : Math.max(...all)
    return { name, measured: median([...all]), atBest, limit, sense }
  }
  return [
    target('rows a second of jobs-static', perSecond, 10_000, 'at least'),
    target('throughput / that of the engine alone, MiniLM shape', ratios, 0.95, 'at least'),
    target(`most memory / that of ${SMALL_ROWS} rows`, memory, 1.1, 'at most'),
    ...(peers.length > 0
      ? [target('rows a second / a script with transformers.js', peers, 1, 'at least')]
      : []),
  ]
}

function rate({ rows, milliseconds, bytes }: Measured): string {
  return `${Math.round((rows / milliseconds) * 1000)} rows/s, ${Math.round(bytes / 1e6)} MB`
}

function writeRows(count: number, textOf: (row: number) => string, name = 'short'): string {
  const path = join(FOLDER, `${name}-${count}.jsonl`)
  const file = openSync(path, 'w')
  for (let row = 0, lines = ''; row < count; row++) {
    lines += `${JSON.stringify({ id: row, text: textOf(row) })}\n`
    if (lines.length < 1 << 20 && row < count - 1) continue
    writeSync(file, lines)
    lines = ''
  }
  closeSync(file)
  return path
}

/** In a process of its own, whose memory is its own. */
function measure(
  kind: 'batch' | 'engine',
  file: string,
  model: string,
  more: Record<string, string> = {},
): Measured {
  const out = join(FOLDER, 'out')
  rmSync(out, { recursive: true, force: true })
  const program = ['scripts/run.mjs', 'scripts/bench/batch-worker.ts', kind, file, out, model]
  return measured(program, more)
}

/** Runs a program that prints what it measured as its last line. */
function measured(program: string[], more: Record<string, string> = {}): Measured {
  const { stdout, stderr, status } = spawnSync(process.execPath, program, {
    env: { ...process.env, ...more },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}
