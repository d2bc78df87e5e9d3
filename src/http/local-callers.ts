import { AppError } from '../errors.ts'
import { PROXY_HEADERS } from './header-names.ts'
import type { Asked } from './request-context.ts'

const LOOPBACK_PEER = /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/
const LOOPBACK_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i

/**
 * Lets programs and pages of this machine alone through, for routes that take its disk and memory. It is the connection
 * that counts: headers can only take the right away, never give it. A page of another site is told by its Origin, one
 * that has its name point here by its Host.
 *
 * @param peer the address at the other end of the connection
 * @throws AppError `unauthorized`
 */
export function requireLocalCaller({ headers }: Pick<Asked, 'headers'>, peer: string | undefined): void {
  const host = headers.get('host') ?? ''
  const origin = headers.get('origin')
  const why = !LOOPBACK_PEER.test(peer ?? '')
    ? 'it came from another machine'
    : PROXY_HEADERS.some((name) => headers.get(name) !== null)
      ? 'a proxy handed it on'
      : !LOOPBACK_HOST.test(host)
        ? 'its Host is no name of this machine'
        : origin !== null && origin !== `http://${host}`
          ? 'a page of another site sent it'
          : undefined
  if (why === undefined) return
  throw new AppError(
    'unauthorized',
    `This route serves callers of its own machine alone while the server has no AUTH_TOKEN, and ${why}; set AUTH_TOKEN and send it as "Authorization: Bearer <token>".`,
  )
}
