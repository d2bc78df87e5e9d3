import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listen, urlOf } from './listen.ts'

/** What is served: {@link createPrometheus}. */
interface Served {
  readonly contentType: string
  text(): Promise<string>
}

/**
 * Serves metrics below `/metrics` on a port of their own: whoever may call the API need not see them.
 *
 * @returns where they are, and how to end it
 * @throws AppError `invalid_request` when the address cannot be had
 */
export async function startMetricsServer(
  served: Served,
  host: string,
  port: number,
): Promise<{ readonly url: string; stop(): void }> {
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url?.split('?', 1)[0]
    if (incoming.method !== 'GET' || path !== '/metrics') {
      outgoing.writeHead(404, { 'content-type': 'text/plain' })
      return void outgoing.end('There is nothing here but GET /metrics.\n')
    }
    served.text().then(
      (text) => outgoing.writeHead(200, { 'content-type': served.contentType }).end(text),
      (error: Error) => {
        console.error(
          JSON.stringify({ level: 'error', message: `The metrics cannot be told: ${error.message}` }),
        )
        outgoing.writeHead(500).end()
      },
    )
  })
  server.maxConnections = 100
  server.unref()
  await listen(server, host, port, 'METRICS_HOST and METRICS_PORT')
  return {
    url: `${urlOf(host, (server.address() as AddressInfo).port)}/metrics`,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
