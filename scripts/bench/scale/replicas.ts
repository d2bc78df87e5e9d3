import { type ChildProcess, spawn } from 'node:child_process'
import type { ServerProxy } from './proxy.ts'

/** Servers behind a proxy. */
export interface Replicas {
  count(): number
  /** Starts or stops servers until there are so many; a new one counts when it has its model. */
  scaleTo(count: number): Promise<void>
  /** Mean wait of a request for a worker since it was asked last, milliseconds, over all servers; 0 without requests. */
  waitMs(): Promise<number>
  close(): void
}

interface Replica {
  readonly slot: number
  readonly child: ChildProcess
  readonly port: number
  readonly metricsUrl: string
  seen: { readonly sum: number; readonly count: number }
}

/** Servers of the program at `script`, each on ports of its own. */
export function openReplicas(
  script: string,
  env: Readonly<Record<string, string | undefined>>,
  proxy: ServerProxy,
): Replicas {
  const running: Replica[] = []
  const start = async () => {
    const taken = new Set(running.map(({ slot }) => slot))
    const slot = Array.from({ length: taken.size + 1 }, (_, index) => index + 1).find(
      (one) => !taken.has(one),
    )!
    const child = spawn(process.execPath, [script], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...env, PORT: '0', METRICS_PORT: '0', HOST: '127.0.0.1' },
    })
    const [url, metricsUrl] = await addressesOf(child)
    while (!(await fetch(`${url}/ready`)).ok) await new Promise((resolve) => setTimeout(resolve, 50))
    const port = Number(new URL(url).port)
    running.push({ slot, child, port, metricsUrl, seen: { sum: 0, count: 0 } })
    await proxy.add(slot, port)
  }
  return {
    count: () => running.length,
    async scaleTo(count) {
      await Promise.all(Array.from({ length: Math.max(0, count - running.length) }, start))
      for (const { slot, child } of running.splice(count)) {
        // As Kubernetes does: both at once, and the server goes on for as long as the proxy may not have heard of it.
        child.kill('SIGTERM')
        await proxy.drain(slot)
      }
    },
    async waitMs() {
      const grown = await Promise.all(running.map(growthOf))
      const count = grown.reduce((sum, growth) => sum + growth.count, 0)
      return count === 0 ? 0 : (grown.reduce((sum, growth) => sum + growth.sum, 0) / count) * 1000
    },
    close() {
      for (const { child } of running) child.kill('SIGKILL')
    },
  }
}

async function growthOf(replica: Replica) {
  const text = await (await fetch(replica.metricsUrl)).text()
  const total = (end: string) =>
    Array.from(
      text.matchAll(new RegExp(`^embeddings_queue_duration_seconds_${end}\\{[^}]*\\} (\\S+)$`, 'gm')),
    )
      .map(([, value]) => Number(value))
      .reduce((sum, value) => sum + value, 0)
  const now = { sum: total('sum'), count: total('count') }
  const { seen } = replica
  replica.seen = now
  return { sum: now.sum - seen.sum, count: now.count - seen.count }
}

/** The addresses of the API and of the metrics, which a server prints. */
function addressesOf(child: ChildProcess): Promise<[url: string, metricsUrl: string]> {
  return new Promise((resolve, reject) => {
    let held = ''
    child.once('error', reject).once('exit', (code) => reject(new Error(`A server ended with ${code}.`)))
    child.stdout!.on('data', (data: Buffer) => {
      held += data.toString('latin1')
      const url = /Listening on (http:\/\/[\w.:]+)/.exec(held)?.[1]
      const metrics = /Metrics on (http:\/\/[\w.:]+\/metrics)\n/.exec(held)?.[1]
      if (url && metrics) resolve([url, metrics])
    })
  })
}
