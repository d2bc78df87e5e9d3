import { Agent, request } from 'node:http'
import { join, resolve } from 'node:path'
import { bundleDoors } from '../bundle.ts'
import type { Tool, ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { type HostileRequest, hostileRequests } from './hostile-bodies.ts'
import { startServerProgram } from './live-server.ts'
import { formatTargets } from './report.ts'
import type { Target } from './targets.ts'

const SHAPE = {
  name: 'bench -- stalls',
  summary: 'The longest that /health waits beside any of some 700 requests that take long on purpose.',
  usage: ['[option …]'],
  options: {
    only: { value: '<pattern>', default: '.', help: 'requests whose names fit this regular expression' },
    tries: {
      value: '<number>',
      default: '3',
      help: 'of a request that stalls for too long; the shortest counts',
    },
  },
  examples: ['', "--only 'match.*ids'"],
} as const

/** Longest that any request of at most 6 MB may keep /health waiting. */
const LIMIT_MS = 100
/** Pause between two questions to /health. */
const PAUSE_MS = 4
/** Longest wait for an answer. */
const PATIENCE_MS = 60_000

interface Stall {
  readonly name: string
  readonly status: number
  readonly ms: number
  readonly longestMs: number
}

/** Sends hostile bodies to every route, one after the other, and asks /health meanwhile. */
export const benchStalls: Tool = {
  shape: SHAPE,
  async run(args) {
    await measureAll(readArguments<typeof SHAPE.options>(SHAPE, args).values)
    return 0
  },
}

async function measureAll(values: ToolValues<typeof SHAPE.options>): Promise<void> {
  const folder = resolve('.cache/bench/stalls')
  await bundleDoors(process.cwd(), folder)
  const server = await startServerProgram(join(folder, 'server.js'), {
    PATH: process.env.PATH,
    MODEL_SOURCES: resolve('layers/models'),
  })
  const stalls: Stall[] = []
  try {
    await send(server.url, { name: 'first', path: '/embed', body: Buffer.from('{"input":"a"}') })
    for (const each of hostileRequests(new RegExp(values.only))) {
      let best = await measure(server.url, each)
      for (let tries = 1; tries < Number(values.tries) && best.longestMs > LIMIT_MS; tries++) {
        const again = await measure(server.url, each)
        if (again.longestMs < best.longestMs) best = again
      }
      stalls.push(best)
      const mark = best.longestMs > LIMIT_MS ? 'OVER' : '    '
      console.log(
        `${mark} ${best.longestMs.toFixed(0)} ms, answer ${best.status} in ${best.ms.toFixed(0)} ms: ${each.name}`,
      )
    }
  } finally {
    server.stop()
  }
  const measured = Math.max(...stalls.map(({ longestMs }) => longestMs))
  const name = `longest /health beside any of ${stalls.length} requests, ms`
  const target: Target = { name, measured, atBest: measured, limit: LIMIT_MS, sense: 'at most' }
  console.log(`\n${formatTargets([target])}`)
}

async function measure(url: string, hostile: HostileRequest): Promise<Stall> {
  const agent = new Agent({ keepAlive: true })
  let running = true
  const start = performance.now()
  const answer = send(url, hostile).finally(() => {
    running = false
  })
  let longestMs = 0
  while (running) {
    const asked = performance.now()
    await ask(`${url}/health`, agent)
    longestMs = Math.max(longestMs, performance.now() - asked)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  agent.destroy()
  return { name: hostile.name, status: await answer, ms: performance.now() - start, longestMs }
}

/** A connection that was kept may be closed in the moment that it is used again: it is asked once more. */
function ask(url: string, agent: Agent, tries = 2): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    request(url, { agent }, (response) => response.resume().once('end', resolve))
      .once('error', reject)
      .end()
  }).catch((error: unknown) => {
    if (tries === 1) throw error
    return ask(url, agent, tries - 1)
  })
}

/** The status of the answer; 0 when there was none in time. */
function send(url: string, { path, body }: HostileRequest): Promise<number> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.byteLength }
    const sent = request(`${url}${path}`, { method: 'POST', headers }, (response) => {
      response.resume().once('close', () => resolve(response.statusCode ?? 0))
    })
    sent.setTimeout(PATIENCE_MS, () => sent.destroy())
    sent.once('error', () => resolve(0))
    sent.end(body)
  })
}
