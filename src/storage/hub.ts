import { createContext } from '../context.ts'
import type { AppError } from '../errors.ts'
import { once } from '../once.ts'
import { missingObject, refused, unanswered } from './failures.ts'
import { createHubClient } from './hub-client.ts'
import { safePath } from './keys.ts'
import { PATIENCE, type RetryPolicy } from './retry-policy.ts'
import { createPatientStore } from './retrying-store.ts'
import type { Store } from './store.ts'
import { emptyStream, sliceStream } from './streams.ts'

/** A file on the hub. */
interface HubFile {
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

/** Large files are served from elsewhere, by addresses that are signed for an hour; this is how long one is used. */
const ADDRESS_MS = 600_000

/** The files of a hub that speaks as huggingface.co does. */
export function createHubStore(place: HubPlace, policy: RetryPolicy = PATIENCE): Store {
  const client = createHubClient(place.endpoint, place.token)
  const { name } = client
  /** Node's sockets take 2 ms to load, which a model on this disk does without. */
  const direct = once(async () => (await import('./direct.ts')).createDirectClient())
  const addresses = createAddressBook()
  const locate = (key: string) => place.locate(safePath(key))
  const enough = (redirect: Response) => redirect.headers.has('x-linked-size')

  const store: Store = {
    name,
    async stat(key, context = createContext()) {
      const file = locate(key)
      if (!file) return undefined
      const { response, url } = await client.ask(pathOf(file), { method: 'HEAD', context, enough })
      const { status, headers } = response
      if (status === 404) return undefined
      if (status >= 400) throw failureOf(response, name, key)
      const location = headers.get('location')
      if (location) addresses.set(key, new URL(location, url))
      return statOf(headers)
    },
    async read(key, range, context = createContext()) {
      const file = locate(key)
      if (!file) throw missingObject(name, key)
      if (range && range.start >= range.end) return emptyStream()
      const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end - 1}` } : {}
      const { response } = await client.ask(pathOf(file), { method: 'GET', headers, context })
      const body = response.body ?? emptyStream()
      if (response.ok) return range && response.status !== 206 ? sliceStream(body, range) : body
      await body.cancel()
      if (response.status === 416) return emptyStream()
      throw failureOf(response, name, key)
    },
    async readInto(key, range, take, context = createContext()) {
      const url = addresses.get(key)
      if (url && (await (await direct()).pour({ url, headers: {} }, range, take, context.signal))) return
      addresses.forget(key)
      for await (const chunk of await store.read(key, range, context)) take(chunk)
    },
  }
  return createPatientStore(store, policy)
}

/**
 * Where the hub redirected requests for the sizes of files, so that the file itself is read from there without asking
 * the hub again.
 */
function createAddressBook() {
  const addresses = new Map<string, { readonly url: URL; readonly until: number }>()
  return {
    set: (key: string, url: URL) => addresses.set(key, { url, until: Date.now() + ADDRESS_MS }),
    get(key: string): URL | undefined {
      const known = addresses.get(key)
      return known && Date.now() < known.until ? known.url : undefined
    },
    forget: (key: string) => addresses.delete(key),
  }
}

function pathOf({ repo, revision, path }: HubFile): string {
  const steps = `${repo}/resolve/${revision}/${safePath(path)}`
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
  // The hub answers 401 for repositories that do not exist, so as not to tell which private ones there are.
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
