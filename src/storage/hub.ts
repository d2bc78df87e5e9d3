import { type Context, createContext } from '../context.ts'
import type { AppError } from '../errors.ts'
import { safeKey } from './directory.ts'
import { missingObject, refused, unanswered } from './failures.ts'
import { createHubClient, type HubClient } from './hub-client.ts'
import { PATIENCE, type RetryPolicy } from './patience.ts'
import { createPatientStore } from './patient.ts'
import type { ByteRange, Store } from './store.ts'
import { emptyStream, sliceStream } from './streams.ts'

/** A file on the hub. */
export interface HubFile {
  /** `owner/name`. */
  readonly repo: string
  /** A commit of 40 hex digits, so that the file never changes. */
  readonly revision: string
  readonly path: string
}

/** How to reach a hub. */
export interface HubPlace {
  /** `https://huggingface.co`, or a mirror. */
  readonly endpoint: string
  /** Sent to the endpoint alone, never to where it redirects. */
  readonly token?: string | undefined
  /** The file that a key stands for; `undefined` when the hub has no such object. */
  locate(key: string): HubFile | undefined
}

/** Large files are served from elsewhere, by addresses that are signed for an hour; this is how long one is kept. */
const ADDRESS_MS = 60_000

/** The files of a hub that speaks as huggingface.co does. */
export function createHubStore(place: HubPlace, policy: RetryPolicy = PATIENCE): Store {
  const client = createHubClient(place.endpoint, place.token)
  const { name } = client
  const find = createFinder(place, client)
  const store: Store = {
    name,
    async stat(key, context = createContext()) {
      const file = place.locate(key)
      if (!file) return undefined
      const enough = (redirect: Response) => redirect.headers.has('x-linked-size')
      const { response } = await client.ask(addressOf(file), { method: 'HEAD', context, enough })
      if (response.status === 404) return undefined
      if (response.status >= 400) throw failureOf(response, name, key)
      return statOf(response.headers)
    },
    async read(key, range, context = createContext()) {
      if (range && range.start >= range.end) return emptyStream()
      const response = await find(key, range, context)
      const body = response.body ?? emptyStream()
      if (response.ok) return range && response.status !== 206 ? sliceStream(body, range) : body
      await body.cancel()
      if (response.status === 416) return emptyStream()
      throw failureOf(response, name, key)
    },
  }
  return createPatientStore(store, policy)
}

/** Asks for a file's bytes, remembering where the hub sent the last one who asked. */
function createFinder(place: HubPlace, client: HubClient) {
  const addresses = new Map<string, { readonly url: URL; readonly until: number }>()
  return async (key: string, range: ByteRange | undefined, context: Context): Promise<Response> => {
    const file = place.locate(key)
    if (!file) throw missingObject(client.name, key)
    const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end - 1}` } : {}
    const ask = (address: string | URL) => client.ask(address, { method: 'GET', headers, context })
    const known = addresses.get(key)
    if (known && Date.now() < known.until) {
      const { response } = await ask(known.url)
      if (response.ok || response.status === 416) return response
      addresses.delete(key)
      await response.body?.cancel()
    }
    const { response, url, redirected } = await ask(addressOf(file))
    if (response.ok && redirected) addresses.set(key, { url, until: Date.now() + ADDRESS_MS })
    return response
  }
}

function addressOf({ repo, revision, path }: HubFile): string {
  const steps = `${repo}/resolve/${revision}/${safeKey(path)}`
  return steps.split('/').map(encodeURIComponent).join('/')
}

/** Of a large file the hub itself knows size and SHA-256, in headers of their own beside the redirect's. */
function statOf(headers: Headers) {
  const bytes = Number(headers.get('x-linked-size') ?? headers.get('content-length') ?? Number.NaN)
  const etag = (headers.get('x-linked-etag') ?? headers.get('etag'))?.replace(/^W\//, '').replaceAll('"', '')
  return { bytes, ...(etag && { etag }) }
}

function failureOf(response: Response, store: string, key: string): AppError {
  const { status, headers } = response
  const code = headers.get('x-error-code')
  const answer = [status, code ?? headers.get('x-error-message')].filter(Boolean).join(' ')
  if (status === 404) return missingObject(store, key)
  if (status === 429 || status === 408 || status >= 500) {
    return unanswered({ store, key, answer, retryAfterMs: retryAfterOf(headers) })
  }
  // The hub answers 401 for repositories that do not exist, lest it tell who has private ones.
  const remedy = 'set HF_TOKEN to a token that may read it, accept its terms on its page, or correct its name'
  return refused({ store, key, answer, remedy })
}

/** The header is a number of seconds or a date. */
function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after')
  if (value === null) return undefined
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
