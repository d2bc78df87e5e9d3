import { createContext } from '../context.ts'
import type { AppError } from '../errors.ts'
import { once } from '../once.ts'
import { missingObject, refused, unanswered } from './failures.ts'
import { safePath } from './keys.ts'
import type { ObjectStat, Store } from './store.ts'
import { emptyStream, sliceStream } from './streams.ts'
import type { WebClient } from './web-client.ts'

/** Files of a server, as a store is made of them. */
interface WebFiles {
  readonly client: WebClient
  /** The path of the object `key`, encoded; undefined when the server has no such object. */
  pathOf(key: string): string | undefined
  /** Whether a redirect tells already how large an object is. */
  readonly enough?: (redirect: Response) => boolean
  /** What an answer says of an object; `bytes` is not a number when it says nothing of the size. */
  statOf(headers: Headers): ObjectStat
  /** Whether objects are read without what the client adds, which is a token. */
  readonly open: boolean
  /** What an operator may do about a refusal, as the end of a sentence. */
  readonly remedy: string
}

/** Some servers redirect to addresses that are signed for an hour; this is how long one is used. */
const ADDRESS_MS = 600_000
/** Answers of servers that have no HEAD. */
const NO_HEAD = new Set([405, 501])

/** Objects of a server that are read over HTTP, in ranges where the server has them. */
export function createHttpStore({ client, pathOf, enough, statOf, open, remedy }: WebFiles): Store {
  const { name } = client
  /** Node's sockets take 2 ms to load, which a model on this disk does without. */
  const direct = once(async () => (await import('./direct.ts')).createDirectClient())
  const addresses = createAddressBook()
  const fail = (response: Response, key: string) => failureOf(response, { store: name, key, remedy })

  const store: Store = {
    name,
    async stat(key, context = createContext()) {
      const path = pathOf(safePath(key))
      if (path === undefined) return undefined
      const question = { method: 'HEAD', context, ...(enough && { enough }) } as const
      const { response, url } = await client.ask(path, question)
      const { status, headers } = response
      if (status === 404 || status === 410) return undefined
      if (status >= 400 && !NO_HEAD.has(status)) throw fail(response, key)
      const location = headers.get('location')
      if (location) addresses.set(key, new URL(location, url))
      else if (open) addresses.set(key, url)
      const stat = NO_HEAD.has(status) || isPacked(headers) ? undefined : statOf(headers)
      if (stat && !Number.isNaN(stat.bytes)) return stat
      return await sizeByRange(key, path, context)
    },
    async read(key, range, context = createContext()) {
      const path = pathOf(safePath(key))
      if (path === undefined) throw missingObject(name, key)
      if (range && range.start >= range.end) return emptyStream()
      const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end - 1}` } : {}
      const { response } = await client.ask(path, { method: 'GET', headers, context })
      const body = response.body ?? emptyStream()
      if (response.ok) return range && response.status !== 206 ? sliceStream(body, range) : body
      await body.cancel()
      if (response.status === 416) return emptyStream()
      throw fail(response, key)
    },
    async readInto(key, range, take, context = createContext()) {
      const url = addresses.get(key)
      if (url && (await (await direct()).pour({ url, headers: {} }, range, take, context.signal))) return
      addresses.forget(key)
      for await (const chunk of await store.read(key, range, context)) take(chunk)
    },
  }

  /** The size as an answer for the first byte tells it, for servers that do not tell it otherwise. */
  const sizeByRange = async (key: string, path: string, context = createContext()) => {
    const question = { method: 'GET', headers: { range: 'bytes=0-0' }, context } as const
    const { response } = await client.ask(path, question)
    await response.body?.cancel()
    const { status, headers } = response
    if (status === 404 || status === 410) return undefined
    if (status >= 400 && status !== 416) throw fail(response, key)
    const [, total] = /^bytes (?:0-0|\*)\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? []
    const size = status === 200 ? headers.get('content-length') : total
    if (size && !isPacked(headers)) return { bytes: Number(size) }
    const answer = `${status} ${isPacked(headers) ? 'with compressed bytes' : 'without a size'}`
    throw refused({ store: name, key, answer, remedy: 'serve files as they are, with Content-Length' })
  }
  return store
}

function isPacked(headers: Headers): boolean {
  return (headers.get('content-encoding') ?? 'identity') !== 'identity'
}

/** The path of a key below a server's address: each name is encoded, slashes stay. */
export function encodePath(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/')
}

/**
 * Where the server redirected requests for the sizes of files, so that the file itself is read from there without asking
 * the server again.
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

interface Asked {
  readonly store: string
  readonly key: string
  readonly remedy: string
}

function failureOf({ status, headers }: Response, { store, key, remedy }: Asked): AppError {
  const code = headers.get('x-error-code')
  const answer = [status, code ?? headers.get('x-error-message')].filter(Boolean).join(' ')
  if (status === 404 || status === 410) return missingObject(store, key)
  if (status === 429 || status === 408 || status >= 500) {
    return unanswered({ store, key, answer, retryAfterMs: retryAfterOf(headers) })
  }
  return refused({ store, key, answer, remedy })
}

/** The header is a number of seconds or a date. */
function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after')
  if (value === null) return undefined
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
