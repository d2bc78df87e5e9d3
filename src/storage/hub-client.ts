import type { Context } from '../context.ts'
import { refused } from './failures.ts'

/** A question to the hub. */
interface HubQuestion {
  readonly method: 'GET' | 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  readonly context: Context
  /** Whether a redirect tells already what was asked. */
  readonly enough?: (redirect: Response) => boolean
}

/** Its answer, and the address that gave it. */
interface HubAnswer {
  readonly response: Response
  readonly url: URL
  readonly redirected: boolean
}

/** Speaks HTTP with a hub and the places that it redirects to. */
export interface HubClient {
  /** For error messages. */
  readonly name: string
  /** Asks at an address, or at a path below the endpoint. */
  ask(address: string | URL, question: HubQuestion): Promise<HubAnswer>
}

const MOST_REDIRECTS = 5

/** A client of the hub at `endpoint`. It follows redirects by hand: the token must not go along to another host. */
export function createHubClient(endpoint: string, token: string | undefined): HubClient {
  const base = new URL(endpoint.endsWith('/') ? endpoint : `${endpoint}/`)
  const name = `hub ${base.origin}`
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
      const remedy = 'check HF_ENDPOINT'
      throw refused({ store: name, key: String(address), answer: 'too many redirects', remedy })
    },
  }
}
