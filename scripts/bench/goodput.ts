import { connect, type Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { bundleDoors } from '../bundle.ts'
import { median } from '../console/statistics.ts'
import type { Tool, ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { startServerProgram } from './live-server.ts'
import { formatTargets } from './report.ts'
import type { Target } from './targets.ts'

const SHAPE = {
  name: 'bench -- goodput',
  summary: 'Answers a second of clients that retry at once, few and many of them.',
  usage: ['[option …]'],
  options: {
    seconds: { value: '<number>', default: '4', help: 'of each run' },
    rounds: { value: '<number>', default: '3', help: 'of both numbers of clients, in turn' },
    texts: { value: '<number>', default: '1', help: 'texts of each request' },
  },
  examples: ['', '--seconds 10'],
} as const

const FEW = 32
const MANY = 200
const LEAST_SHARE = 0.8

/** Answers of one run. */
interface Run {
  readonly goodPerSecond: number
  readonly refusedPerSecond: number
}

/** Clients that send the next request as soon as the last one is answered, however: 32 of them, and 200. */
export const benchGoodput: Tool = {
  shape: SHAPE,
  async run(args) {
    await measureAll(readArguments<typeof SHAPE.options>(SHAPE, args).values)
    return 0
  },
}

async function measureAll(values: ToolValues<typeof SHAPE.options>): Promise<void> {
  const folder = resolve('.cache/bench/goodput')
  await bundleDoors(process.cwd(), folder)
  const server = await startServerProgram(join(folder, 'server.js'), {
    PATH: process.env.PATH,
    MODEL_SOURCES: resolve('layers/models'),
  })
  const request = requestOf(Array(Number(values.texts)).fill('night nurse in Bern'))
  const shares: number[] = []
  try {
    await run(server.url, 1, 1, request)
    for (let round = 0; round < Number(values.rounds); round++) {
      const few = await run(server.url, FEW, Number(values.seconds), request)
      const many = await run(server.url, MANY, Number(values.seconds), request)
      shares.push(many.goodPerSecond / few.goodPerSecond)
      console.log(
        `${FEW} clients: ${few.goodPerSecond.toFixed(0)} answers/s; ${MANY}: ${many.goodPerSecond.toFixed(0)}, and ${many.refusedPerSecond.toFixed(0)} refusals/s`,
      )
    }
  } finally {
    server.stop()
  }
  const name = `answers of ${MANY} clients that retry at once, share of those of ${FEW}`
  const target: Target = {
    name,
    measured: median(shares),
    atBest: Math.max(...shares),
    limit: LEAST_SHARE,
    sense: 'at least',
  }
  console.log(`\n${formatTargets([target])}`)
}

function requestOf(input: readonly string[]): Buffer {
  const body = JSON.stringify({ input })
  const head = `POST /embed HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
  return Buffer.from(head + body)
}

/** Plain sockets: a client of Node takes more time than the server does to refuse. */
async function run(url: string, clients: number, seconds: number, request: Buffer): Promise<Run> {
  const counts = { good: 0, refused: 0 }
  const { hostname, port } = new URL(url)
  const sockets = Array.from({ length: clients }, () => connect(Number(port), hostname))
  for (const socket of sockets) keepAsking(socket, request, counts)
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  for (const socket of sockets) socket.destroy()
  return { goodPerSecond: counts.good / seconds, refusedPerSecond: counts.refused / seconds }
}

function keepAsking(socket: Socket, request: Buffer, counts: { good: number; refused: number }): void {
  let held = ''
  socket.setNoDelay(true)
  socket.on('connect', () => socket.write(request))
  socket.on('error', () => {})
  socket.on('data', (data: Buffer) => {
    held += data.toString('latin1')
    const end = held.indexOf('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(held)?.[1] ?? Number.NaN)
    if (end < 0 || !(held.length >= end + 4 + length)) return
    if (held.startsWith('HTTP/1.1 200')) counts.good += 1
    else counts.refused += 1
    held = ''
    socket.write(request)
  })
}
