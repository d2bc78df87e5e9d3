import type { Server } from 'node:http'
import { AppError } from '../errors.ts'

/** The address of a server; IPv6 hosts stand in brackets. */
export function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/**
 * Waits until a server listens. Clients that close their end behind a request get its answer: Node would close the other
 * end, too.
 *
 * @param settings the names of the settings that choose the address
 * @throws AppError `invalid_request` when the address cannot be had
 */
export function listen(
  server: Server,
  host: string,
  port: number,
  settings = 'HOST and PORT',
): Promise<void> {
  Object.assign(server, { httpAllowHalfOpen: true })
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `The server cannot listen on ${host}, port ${port}: ${cause.message}; choose others with ${settings}.`
      reject(new AppError('invalid_request', message, { cause }))
    })
    server.listen(port, host, resolve)
  })
}
