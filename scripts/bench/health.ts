import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { quantile } from '../console/statistics.ts'
import type { Job } from './protocol.ts'
import type { Target } from './targets.ts'
import { settingsOf } from './trial.ts'

/** Pause between two questions to /health. */
const PAUSE_MS = 5

/** How the Node server answered /health while it embedded a long batch. */
interface HealthResult {
  readonly batchSeconds: number
  /** One per answer, milliseconds. */
  readonly delaysMs: readonly number[]
}

/** Starts the server on a free port, sends it all texts in one request, and asks /health until that is answered. */
export async function measureHealth(
  server: string,
  job: Pick<Job, 'modelsFolder' | 'manifest' | 'threads' | 'texts'>,
  folder: string,
): Promise<HealthResult> {
  const own = mkdtempSync(join(folder, 'health-'))
  const catalog = join(own, 'catalog.json')
  writeFileSync(catalog, JSON.stringify([job.manifest]))
  const child = spawn(process.execPath, [server], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...settingsOf(job, catalog), PORT: '0', HOST: '127.0.0.1' },
  })
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.once('error', reject).once('exit', (code) => reject(new Error(`The server ended with ${code}.`)))
      child.stdout.on('data', (data: Buffer) => {
        const found = /http:\/\/[\w.:]+/.exec(data.toString('latin1'))
        if (found) resolve(found[0])
      })
    })
    await embed(url, job.texts.slice(0, 8))
    return await askWhile(url, embed(url, job.texts))
  } finally {
    child.removeAllListeners('exit').kill()
    rmSync(own, { recursive: true })
  }
}

async function embed(url: string, input: readonly string[]): Promise<number> {
  const start = performance.now()
  const response = await fetch(`${url}/embed`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input, encoding: 'base64' }),
  })
  if (!response.ok) throw new Error(`The server answered ${response.status}: ${await response.text()}`)
  await response.arrayBuffer()
  return (performance.now() - start) / 1000
}

async function askWhile(url: string, batch: Promise<number>): Promise<HealthResult> {
  const delaysMs: number[] = []
  let running = true
  const stop = () => {
    running = false
  }
  batch.then(stop, stop)
  while (running) {
    const start = performance.now()
    const response = await fetch(`${url}/health`)
    await response.arrayBuffer()
    delaysMs.push(performance.now() - start)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return { batchSeconds: await batch, delaysMs }
}

/** A line for people. */
export function describeHealth({ batchSeconds, delaysMs }: HealthResult): string {
  const [p50, p99] = [0.5, 0.99].map((share) => quantile(delaysMs, share).toFixed(1))
  return `/health while the Node server embeds all texts for ${batchSeconds.toFixed(1)} s: ${delaysMs.length} answers, p50 ${p50} ms, p99 ${p99} ms, longest ${Math.max(...delaysMs).toFixed(1)} ms`
}

/** The server must answer within 50 ms while a long batch runs. */
export function healthTargets({ delaysMs }: HealthResult): Target[] {
  const measured = Math.max(...delaysMs)
  const atBest = quantile(delaysMs, 0.99)
  return [
    {
      name: 'longest /health during a batch, ms (at best: p99)',
      measured,
      atBest,
      limit: 50,
      sense: 'at most',
    },
  ]
}
