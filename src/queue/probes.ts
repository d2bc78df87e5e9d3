import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listen, urlOf } from '../serving/listen.ts'

/** What a probe may ask, each as a reason why not, in a sentence. */
interface State {
  /** What only a restart can repair. */
  unwell(): string | undefined
  /** Why no messages are taken. */
  unready(): string | undefined
}

/**
 * Answers `GET /health` and `GET /ready`, in the words of the Node server, and nothing else.
 *
 * @throws AppError `invalid_request` when the address cannot be had
 */
export async function startProbes(
  { unwell, unready }: State,
  host: string,
  port: number,
): Promise<{ readonly url: string; stop(): void }> {
  const answers: Readonly<Record<string, () => [well: string, reason: string | undefined]>> = {
    '/health': () => ['ok', unwell()],
    '/ready': () => ['ready', unready()],
  }
  const server = createServer(({ method = '', url = '' }, outgoing) => {
    const answer = answers[url.split('?', 1)[0]!]
    if (!answer || !['GET', 'HEAD'].includes(method)) {
      outgoing.writeHead(404, { 'content-type': 'text/plain' })
      return void outgoing.end('There is nothing here but GET /health and GET /ready.\n')
    }
    const [well, reason] = answer()
    outgoing.writeHead(reason === undefined ? 200 : 503, { 'content-type': 'application/json' })
    outgoing.end(JSON.stringify(reason === undefined ? { status: well } : { status: `not ${well}`, reason }))
  })
  server.maxConnections = 100
  await listen(server, host, port)
  const { port: chosen } = server.address() as AddressInfo
  return {
    url: urlOf(host, chosen),
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
