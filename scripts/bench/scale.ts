import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundleDoors } from '../bundle.ts'
import { readNumber } from '../console/options.ts'
import { quantile } from '../console/statistics.ts'
import { AFTER_FIRST, formatTable } from '../console/table.ts'
import type { Tool, ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { findModel, layOutModel } from './model.ts'
import { createAutoscaler } from './scale/autoscaler.ts'
import { type Answer, type Load, startLoad } from './scale/load.ts'
import { hasHaproxy, startProxy } from './scale/proxy.ts'
import { openReplicas, type Replicas } from './scale/replicas.ts'
import { textOfTokens, wordsOf } from './texts.ts'
import { settingsOf } from './trial.ts'

const SHAPE = {
  name: 'bench -- scale',
  summary:
    'Servers behind haproxy, as many as the autoscaler of Kubernetes would start, while the load goes from ×1 to ×4 and back.',
  usage: ['[option …]'],
  options: {
    rate: {
      value: '<number>',
      default: '0',
      help: 'requests a second at ×1; 0: 0.3 of what one server answers, which is measured first',
    },
    seconds: { value: '<number>', default: '60', help: 'of each of the three phases' },
    period: { value: '<number>', default: '3', help: 'seconds between two decisions (15 in Kubernetes)' },
    stabilization: {
      value: '<number>',
      default: '20',
      help: 'seconds without a higher wish before there are fewer servers (300 in Kubernetes)',
    },
    target: { value: '<number>', default: '50', help: 'milliseconds that a request should wait, on average' },
    most: { value: '<number>', default: '4', help: 'servers' },
  },
  examples: ['', '--period 15 --stabilization 300 --seconds 600'],
} as const

const PHASES = [1, 4, 1]
const TOLERANCE = 0.1
const TOKENS = 128
const SHARE = 0.3
const CALIBRATION = { seconds: 8, clients: 16 }

interface Sample {
  readonly at: number
  readonly replicas: number
  readonly waitMs: number
}

/** Drives servers by the rule of Kubernetes on their own metric while the load goes up and down. */
export const benchScale: Tool = {
  shape: SHAPE,
  async run(args) {
    await measureAll(readScaleOptions(readArguments<typeof SHAPE.options>(SHAPE, args).values))
    return 0
  },
}

async function measureAll(options: ScaleOptions): Promise<void> {
  if (!hasHaproxy()) {
    console.log(
      'SKIPPED: npm run bench -- scale needs haproxy; "apt-get install haproxy" installs it on Debian.',
    )
    return
  }
  const cache = resolve('.cache/bench')
  const model = await layOutModel(findModel(), join(cache, 'models'))
  await bundleDoors(process.cwd(), join(cache, 'scale'))
  const catalog = join(cache, 'scale', 'catalog.json')
  writeFileSync(catalog, JSON.stringify([model.prepared]))
  const job = { modelsFolder: model.folder, manifest: model.prepared, threads: 1 }
  const env = { ...settingsOf(job, catalog), PRELOAD_MODELS: model.prepared.id, DRAIN_SECONDS: '2' }
  const proxy = await startProxy(options.most)
  const replicas = openReplicas(join(cache, 'scale', 'server.js'), env, proxy)
  const body = JSON.stringify({
    input: textOfTokens(wordsOf(model.tokenizerJson), TOKENS),
    encoding: 'base64',
  })
  try {
    await replicas.scaleTo(1)
    await sleep(2000)
    const rate = options.rate || (await capacityOf(proxy.url, body)) * SHARE
    // What waited while the rate was sought does not count.
    await replicas.waitMs()
    const load = startLoad(proxy.url, body)
    const samples = await drive(load, replicas, { ...options, rate })
    await load.stop()
    print(load.answers, samples, { ...options, rate })
  } finally {
    replicas.close()
    proxy.close()
  }
}

interface ScaleOptions {
  readonly rate: number
  readonly seconds: number
  readonly period: number
  readonly stabilization: number
  readonly target: number
  readonly most: number
}

function readScaleOptions(values: ToolValues<typeof SHAPE.options>): ScaleOptions {
  const read = (name: keyof typeof values, least: number) =>
    readNumber(`--${name}`, values[name], { least, whole: false })
  return {
    rate: read('rate', 0),
    seconds: read('seconds', 1),
    period: read('period', 0.5),
    stabilization: read('stabilization', 0),
    target: read('target', 1),
    most: read('most', 1),
  }
}

/** Answers a second of one server to callers that ask again at once. */
async function capacityOf(url: string, body: string): Promise<number> {
  let [answers, over] = [0, false]
  const headers = { 'content-type': 'application/json' }
  const client = async () => {
    while (!over) {
      const response = await fetch(`${url}/embed`, { method: 'POST', headers, body })
      await response.arrayBuffer()
      if (response.ok) answers++
    }
  }
  const clients = Array.from({ length: CALIBRATION.clients }, client)
  await sleep(CALIBRATION.seconds * 1000)
  over = true
  await Promise.all(clients)
  if (answers === 0)
    throw new Error(`No request to ${url}/embed was answered; look at haproxy and its server.`)
  return answers / CALIBRATION.seconds
}

async function drive(load: Load, replicas: Replicas, options: ScaleOptions): Promise<Sample[]> {
  const { rate, seconds, period, stabilization, target, most } = options
  const autoscaler = createAutoscaler({
    ...{ target, most, tolerance: TOLERANCE, stabilizationMs: stabilization * 1000 },
  })
  const samples: Sample[] = []
  const start = performance.now()
  for (const [phase, factor] of PHASES.entries()) {
    load.setRate(rate * factor)
    while (performance.now() - start < (phase + 1) * seconds * 1000) {
      await sleep(period * 1000)
      const [waitMs, at] = [await replicas.waitMs(), performance.now() - start]
      samples.push({ at, replicas: replicas.count(), waitMs })
      await replicas.scaleTo(autoscaler.decide(replicas.count(), waitMs, at))
    }
  }
  return samples
}

function print(answers: readonly Answer[], samples: readonly Sample[], options: ScaleOptions): void {
  const { rate, seconds, target, period, stabilization, most } = options
  console.log(
    `${rate.toFixed(1)} requests/s of ${TOKENS} tokens at ×1; target ${target} ms of waiting, at most ${most} servers, a decision each ${period} s, fewer after ${stabilization} s; ${availableParallelism()} processors for servers, proxy and callers together\n`,
  )
  const rows = PHASES.map((factor, phase) => {
    const within = (at: number) => Math.min(PHASES.length - 1, Math.floor(at / (seconds * 1000))) === phase
    const own = answers.filter(({ due }) => within(due))
    const counts = samples.filter(({ at }) => within(at)).map(({ replicas }) => replicas)
    const good = own.filter(({ status }) => status === 200).map(({ ms }) => ms)
    const late = own.filter(({ due, status }) => status === 200 && due > (phase + 0.5) * seconds * 1000)
    const lateMs = late.map(({ ms }) => ms)
    return [
      `×${factor}`,
      `${Math.min(...counts)}–${Math.max(...counts)}`,
      String(own.length),
      quantile(good, 0.5).toFixed(0),
      quantile(good, 0.99).toFixed(0),
      quantile(lateMs, 0.99).toFixed(0),
      String(own.filter(({ status }) => status === 429 || status === 503).length),
      String(own.filter(({ status }) => ![200, 429, 503].includes(status)).length),
    ]
  })
  const head = ['load', 'servers', 'requests', 'p50 ms', 'p99 ms', 'p99 of 2nd half', 'refused', 'failed']
  console.log(`${formatTable([head, ...rows], AFTER_FIRST)}\n`)
  console.log('seconds: servers, mean wait before the decision')
  for (const { at, replicas, waitMs } of samples) {
    console.log(
      `${(at / 1000).toFixed(0).padStart(4)}  ${'█'.repeat(replicas).padEnd(most)}  ${waitMs.toFixed(0)} ms`,
    )
  }
}
