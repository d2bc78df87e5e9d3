import { EVERY_MODEL, type MetricName, type Metrics } from '../metrics.ts'
import type { Observer } from './exchange.ts'

/** Asked every few seconds by whoever keeps the process running: worth a line when they fail. */
const PROBES = new Set(['/health', '/ready'])

/**
 * A log of requests: one line of JSON for each, without texts, addresses of callers or parameters. Who called is told by
 * the name of their token. A line takes some 13 µs.
 *
 * @param write takes a line with its end
 */
export function createAccessLog(
  write: (line: string) => void = (line) => process.stdout.write(line),
  now: () => Date = () => new Date(),
): Observer {
  return ({ metrics, milliseconds, route, status, ...rest }) => {
    if (status < 400 && route !== undefined && PROBES.has(route)) return
    const line = {
      time: now().toISOString(),
      requestId: rest.requestId,
      caller: rest.caller,
      method: rest.method,
      route: route ?? null,
      status,
      ms: microseconds(milliseconds),
      receivedBytes: rest.receivedBytes,
      sentBytes: rest.sentBytes,
      ...(metrics && workOf(metrics)),
    }
    write(`${JSON.stringify(line)}\n`)
  }
}

/** What models did for a request, all of them together. */
function workOf(metrics: Metrics) {
  const entries = [...metrics.entries()]
  const models = entries.map(([model]) => model).filter((model) => model !== EVERY_MODEL)
  const codes = entries.flatMap(([, values]) =>
    [...values.keys()].flatMap((name) => (name.startsWith('Errors/') ? [name.slice('Errors/'.length)] : [])),
  )
  const sum = (name: MetricName) => entries.reduce((total, [, values]) => total + (values.get(name) ?? 0), 0)
  return {
    ...(models.length > 0 && {
      model: models.join(','),
      inputs: sum('InputTexts'),
      tokens: sum('InputTokens'),
      queueMs: microseconds(sum('QueueTime')),
      tokenizeMs: microseconds(sum('TokenizeTime')),
      runMs: microseconds(sum('InferenceTime')),
      loadMs: microseconds(sum('LoadTime')) || undefined,
    }),
    code: codes[0],
  }
}

/** Milliseconds to the microsecond, which is as fine as the clock. */
function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}
