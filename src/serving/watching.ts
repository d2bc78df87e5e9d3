import type { Engine } from '../models/engine/engine.ts'
import { createAccessLog } from './access-log.ts'
import type { Observer } from './exchange.ts'

/** What is to be told of requests, and what can be asked. */
interface WatchingParts {
  readonly accessLog: boolean
  /** No metrics without one. */
  readonly metricsPort: number | undefined
  readonly metricsHost: string
  readonly engine: Pick<Engine, 'usage' | 'waiting'>
  readonly answers?: (() => ReadonlyMap<string, number>) | undefined
  readonly connections: () => number
  readonly ready: () => boolean
}

/** What watches the requests of a server. */
interface Watching {
  /** Empty when nobody watches. */
  readonly observers: readonly Observer[]
  /** Where metrics are served. */
  readonly metricsUrl: string | undefined
  stop(): void
}

/**
 * Begins to write the access log and to serve metrics, as far as they are wanted.
 *
 * @throws AppError `invalid_request` when the address of the metrics cannot be had
 */
export async function startWatching(parts: WatchingParts): Promise<Watching> {
  const log = parts.accessLog ? [createAccessLog()] : []
  if (parts.metricsPort === undefined) return { observers: log, metricsUrl: undefined, stop: () => {} }
  const { createPrometheus } = await import('./prometheus.ts')
  const { startMetricsServer } = await import('./metrics-server.ts')
  const prometheus = createPrometheus(parts)
  const { url, stop } = await startMetricsServer(prometheus, parts.metricsHost, parts.metricsPort)
  return { observers: [...log, prometheus.observe], metricsUrl: url, stop }
}
