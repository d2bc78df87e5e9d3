import type { Context } from '../context.ts'
import { refused } from './failures.ts'

/** A question to a server of files. */
interface WebQuestion {
  readonly method: 'GET' | 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  readonly context: Context
  /** Whether a redirect tells already what was asked. */
  readonly enough?: (redirect: Response) => boolean
}

/** Its answer, and the address that gave it. */
interface WebAnswer {
  readonly response: Response
  readonly url: URL
  readonly redirected: boolean
}

/** Speaks HTTP with a server of files and the places that it redirects to. */
export interface WebClient {
  /** For error messages. */
  readonly name: string
  /** Asks at an address, or at a path below the one of the place. */
  ask(address: string | URL, question: WebQuestion): Promise<WebAnswer>
}

const MOST_REDIRECTS = 5

/** A server of files. */
interface WebPlace {
  readonly name: string
  /** What paths are below, with or without a slash at its end. */
  readonly address: string
  /** Sent to this host alone. */
  readonly token?: string | undefined
  /** What to do when it redirects in circles, as the end of a sentence. */
  readonly remedy: string
}

/** A client of the hub at `endpoint`, which is sent the token. */
export function createHubClient(endpoint: string, token: string | undefined): WebClient {
  const name = `hub ${new URL(endpoint).origin}`
  return createWebClient({ name, address: endpoint, token, remedy: 'check HF_ENDPOINT' })
}

/** A client of a server. It follows redirects by hand: the token must not go along to another host. */
export function createWebClient({ name, address: below, token, remedy }: WebPlace): WebClient {
  const base = new URL(below.endsWith('/') ? below : `${below}/`)
  const headersFor = (url: URL) => ({
    // Compressed, a body would have neither the length nor the ranges of the file.
    'accept-encoding': 'identity',
    'user-agent': 'serverless-embeddings',
    ...(token && url.origin === base.origin && { authorization: `Bearer ${token}` }),
  })

  return {
    name,
    async ask(address, { method, headers, context: { signal }, enough }) {
      let url = new URL(address, base)
      for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
        const options = { method, headers: { ...headersFor(url), ...headers }, signal }
        const response = await fetch(url, { ...options, redirect: 'manual' })
        const location = response.headers.get('location')
        const redirect = response.status >= 300 && response.status < 400 && location !== null
        if (!redirect || enough?.(response)) return { response, url, redirected: redirects > 0 }
        await response.body?.cancel()
        url = new URL(location, url)
      }
      throw refused({ store: name, key: String(address), answer: 'too many redirects', remedy })
    },
  }
}
