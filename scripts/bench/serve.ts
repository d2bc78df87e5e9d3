import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { bundleDoors } from '../bundle.ts'
import { median, quantile } from '../console/statistics.ts'
import { formatTable } from '../console/table.ts'
import type { Tool, ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { openConnection } from './kept-connection.ts'
import { startServerProgram } from './live-server.ts'
import { findModel, layOutModel } from './model.ts'
import { installPeers } from './peers.ts'
import { buildPeers } from './programs.ts'
import { wordsOf } from './texts.ts'

const SHAPE = {
  name: 'bench -- serve',
  summary: 'The Node server with several callers, beside one who sends all texts at once.',
  usage: ['[option …]'],
  options: {
    seconds: { value: '<number>', default: '4', help: 'of each run' },
    rounds: { value: '<number>', default: '3', help: 'of all numbers of callers, in turn' },
    callers: { value: '<list>', default: '1,8,32,128', help: 'numbers of callers with one text each' },
    words: { value: '<number>', default: '12', help: 'of each text' },
    workers: {
      value: '<number>',
      default: '1',
      help: 'worker threads of the server, which share its processors',
    },
    peers: { help: 'transformers.js behind the plainest Node server, too (700 MB, once)' },
  },
  examples: ['', '--callers 1,32 --words 90', '--callers 32 --workers 2'],
} as const

const CACHE = resolve('.cache/bench/serve')
/** Texts of the one request that all others are compared with; each number of callers also with as many texts in one. */
const AT_ONCE = 256

/** What callers saw in one run. */
interface Run {
  readonly textsPerSecond: number
  readonly latenciesMs: readonly number[]
  readonly refused: number
  /** Processor time of the server. */
  readonly cpuMsPerText: number
}

/** Callers with one text each over kept connections, beside one caller who sends all texts at once. */
export const benchServe: Tool = {
  shape: SHAPE,
  async run(args) {
    await measureAll(readArguments<typeof SHAPE.options>(SHAPE, args).values)
    return 0
  },
}

async function measureAll(values: ToolValues<typeof SHAPE.options>): Promise<void> {
  const seconds = Number(values.seconds)
  const { server, peer, bodyOf } = await startWithModel(values)
  const runs = new Map<string, Run[]>()
  const keep = (name: string, run: Run) => runs.set(name, [...(runs.get(name) ?? []), run])
  try {
    await drive(server, 1, 1, 1, bodyOf)
    for (let round = 0; round < Number(values.rounds); round++) {
      keep('at once', await drive(server, 1, AT_ONCE, seconds, bodyOf))
      for (const callers of values.callers.split(',').map(Number)) {
        if (callers > 1) keep(asMany(callers), await drive(server, 1, callers, seconds, bodyOf))
        keep(`${callers}`, await drive(server, callers, 1, seconds, bodyOf))
        if (peer) keep(`${callers}, transformers.js`, await drive(peer, callers, 1, seconds, bodyOf))
      }
    }
  } finally {
    server.stop()
    peer?.stop()
  }
  console.log(
    `${availableParallelism()} cores, ${values.workers} workers, ${values.words} words a text, medians of ${values.rounds}`,
  )
  console.log(
    formatTable([
      ['callers', 'texts/s', 'of at once', 'of as many', 'p50 ms', 'p99 ms', 'CPU ms/text', 'refused'],
      ...linesOf(runs),
    ]),
  )
}

/** The server with the model, the peer with the same file, and what makes the body of a request for so many texts. */
async function startWithModel({ words: wordsPerText, workers, peers }: ToolValues<typeof SHAPE.options>) {
  const model = await layOutModel(findModel(), join(CACHE, 'models'))
  await bundleDoors(process.cwd(), join(CACHE, 'doors'))
  const catalog = join(CACHE, 'catalog.json')
  writeFileSync(catalog, JSON.stringify([model.prepared]))
  const server = await startServerProgram(join(CACHE, 'doors', 'server.js'), {
    PATH: process.env.PATH,
    MODEL_SOURCES: model.folder,
    MODEL_CATALOG: catalog,
    WORKERS: workers,
  })
  const words = wordsOf(model.tokenizerJson)
  const wordOf = (seed: number, at: number) => words[(seed * 31 + at * 7) % words.length]
  const textOf = (seed: number) =>
    Array.from({ length: Number(wordsPerText) }, (_, at) => wordOf(seed, at)).join(' ')
  const bodyOf = (texts: number, seed: number) => {
    const input = Array.from({ length: texts }, (_, at) => textOf(seed + at))
    return JSON.stringify({ model: model.manifest.id, input, encoding: 'base64' })
  }
  const peer = peers ? await startPeer(model.folder, model.manifest.id) : undefined
  return { server, peer, bodyOf }
}

async function startPeer(folder: string, model: string) {
  const peers = join(resolve('.cache/bench'), 'peers')
  installPeers(peers)
  await buildPeers([resolve('scripts/bench/entrants/transformers-server.ts')], peers)
  const args = [folder, model, String(availableParallelism())]
  return startServerProgram(join(peers, 'transformers-server.mjs'), { PATH: process.env.PATH }, args)
}

/** The name of one caller with so many texts in each request. */
function asMany(texts: number): string {
  return `1 with ${texts} texts`
}

/** A line for each run; `of at once` and `of as many` are paired with the runs of the same round. */
function linesOf(runs: ReadonlyMap<string, readonly Run[]>): string[][] {
  return [...runs].map(([name, of]) => {
    const middle = (read: (run: Run, round: number) => number) => median(of.map(read))
    const share = (others: readonly Run[] | undefined) =>
      others
        ? middle(({ textsPerSecond }, round) => textsPerSecond / others[round]!.textsPerSecond).toFixed(2)
        : ''
    return [
      name,
      middle(({ textsPerSecond }) => textsPerSecond).toFixed(0),
      share(runs.get('at once')),
      share(runs.get(asMany(Number.parseInt(name, 10)))),
      middle(({ latenciesMs }) => quantile(latenciesMs, 0.5)).toFixed(1),
      middle(({ latenciesMs }) => quantile(latenciesMs, 0.99)).toFixed(1),
      middle(({ cpuMsPerText }) => cpuMsPerText).toFixed(2),
      middle(({ refused }) => refused).toFixed(0),
    ]
  })
}

type Server = Awaited<ReturnType<typeof startServerProgram>>

async function drive(
  server: Server,
  callers: number,
  texts: number,
  seconds: number,
  bodyOf: (texts: number, seed: number) => string,
): Promise<Run> {
  const connections = await Promise.all(Array.from({ length: callers }, () => openConnection(server.url)))
  const latenciesMs: number[] = []
  let refused = 0
  const before = server.cpuSeconds()
  const start = performance.now()
  const end = start + seconds * 1000
  const call = async (caller: number) => {
    for (let turn = 0; performance.now() < end; turn++) {
      const sent = performance.now()
      const status = await connections[caller]!.post('/embed', bodyOf(texts, caller * 1009 + turn))
      if (status === 200) latenciesMs.push(performance.now() - sent)
      else refused++
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)))
  const took = (performance.now() - start) / 1000
  const cpuMsPerText = (1000 * (server.cpuSeconds() - before)) / (latenciesMs.length * texts)
  for (const connection of connections) connection.close()
  return { textsPerSecond: (latenciesMs.length * texts) / took, latenciesMs, refused, cpuMsPerText }
}
