import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { bundleAllDoors } from '../support/bundles.ts'
import { shippedFolder } from '../support/shipped-model.ts'

/** The server as users start it, on a free port, with the model that ships. */
export interface LiveServer {
  readonly url: string
  /** Of its process. */
  readonly pid: number
  /** The server's own vectors, of `POST /embed`. */
  embed(texts: readonly string[]): Promise<number[][]>
  close(): void
}

/** Bundles and starts it, with settings of its own; its log is shown unless it is `ignore`d. */
export async function startLiveServer(
  log: 'inherit' | 'ignore' = 'inherit',
  settings: Readonly<Record<string, string>> = {},
): Promise<LiveServer> {
  const doors = await bundleAllDoors()
  const usual = { PORT: '0', THREADS: '1', MODEL_SOURCES: shippedFolder }
  const env = { PATH: process.env.PATH, ...usual, ...settings }
  const child = spawn(process.execPath, [doors.path('server.js')], {
    env,
    stdio: ['ignore', 'pipe', log],
  })
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`The server ended with ${code}.`)),
  )
  const [line] = await Promise.race([once(child.stdout, 'data'), ended])
  const url = /http:\/\/[\d.:]+/.exec(String(line))![0]
  return {
    url,
    pid: child.pid!,
    async embed(texts) {
      const response = await fetch(`${url}/embed`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'jobs-static', input: texts }),
      })
      return ((await response.json()) as { embeddings: number[][] }).embeddings
    },
    close() {
      child.kill('SIGKILL')
      doors.remove()
    },
  }
}

/** The cosine of the angle between two vectors of one length. */
export function cosine(one: readonly number[], other: readonly number[]): number {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, index) => sum + value * b[index]!, 0)
  return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other))
}
