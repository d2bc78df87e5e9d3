import { createReadStream, existsSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream'

/** Answers for the page at `/`, which the build lays beside the server. */
export interface PageFiles {
  /** Sends the file that a request asks for; false, and nothing sent, when it asks for none of the page. */
  send(incoming: IncomingMessage, outgoing: ServerResponse): boolean
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
}

/**
 * Scripts, styles and requests of this server alone; pictures may stand in the styles of the API reference. Styles that
 * stand in attributes are set by scripts, which needs no leave.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const SAFETY = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
}

/** Named by their content, they never change. */
const FOREVER = 'public, max-age=31536000, immutable'

/**
 * The page in `folder`, below `basePath` too. Nothing is read before the first request for it; without a build there is
 * no page, and every request is left to the API.
 *
 * @param basePath what stands before every path behind a proxy, such as `/embeddings`
 */
export function createPageFiles(folder: string, basePath = ''): PageFiles {
  return {
    send(incoming, outgoing) {
      const { method } = incoming
      if (method !== 'GET' && method !== 'HEAD') return false
      const path = withoutBase((incoming.url ?? '').split('?', 1)[0]!, basePath)
      // One name without a slash, so that no path leads out of the folder.
      const name =
        path === '/' || path === '' ? 'index.html' : /^\/page\/([\w-]+\.(?:js|css))$/.exec(path)?.[1]
      if (name === undefined) return false
      if (path === '' && existsSync(join(folder, name))) {
        // The page's own addresses are relative: without the slash they would miss the base path.
        outgoing.writeHead(308, { location: `${basePath}/`, 'content-length': 0 }).end()
        return true
      }
      return sendFile(folder, name, incoming, outgoing)
    },
  }
}

function withoutBase(address: string, basePath: string): string {
  const isBelow = basePath !== '' && (address === basePath || address.startsWith(`${basePath}/`))
  return isBelow ? address.slice(basePath.length) : address
}

function sendFile(
  folder: string,
  name: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): boolean {
  const isPacked = acceptsGzip(incoming.headers['accept-encoding'])
  const path = join(folder, isPacked ? `${name}.gz` : name)
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return false
  outgoing.writeHead(200, {
    ...SAFETY,
    'content-type': TYPES[name.split('.').at(-1)!]!,
    'content-length': found.size,
    'cache-control': name === 'index.html' ? 'no-cache' : FOREVER,
    vary: 'accept-encoding',
    ...(isPacked && { 'content-encoding': 'gzip' }),
  })
  if (incoming.method === 'HEAD') outgoing.end()
  // A client that leaves early is no error, and the file is closed.
  else pipeline(createReadStream(path), outgoing, () => undefined)
  return true
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .some((part) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(part))
}
