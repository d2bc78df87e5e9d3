import { createHttpStore, encodePath } from './http-store.ts'
import { safePath } from './keys.ts'
import { PATIENCE, type RetryPolicy } from './retry-policy.ts'
import { createPatientStore } from './retrying-store.ts'
import type { Store } from './store.ts'
import { createHubClient } from './web-client.ts'

/** A file on the hub. */
export interface HubFile {
  /** `owner/name`. */
  readonly repo: string
  /** A commit of 40 hex digits, so that the file never changes. */
  readonly revision: string
  readonly path: string
  /** What it should have, where that is known. */
  readonly bytes?: number
  /** 64 lower-case hex digits, where that is known. */
  readonly sha256?: string
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

/** The files of a hub that speaks as huggingface.co does. */
export function createHubStore(place: HubPlace, policy: RetryPolicy = PATIENCE): Store {
  const store = createHttpStore({
    client: createHubClient(place.endpoint, place.token),
    pathOf(key) {
      const file = place.locate(key)
      return file && encodePath(`${file.repo}/resolve/${file.revision}/${safePath(file.path)}`)
    },
    enough: (redirect) => redirect.headers.has('x-linked-size'),
    statOf,
    open: false,
    // The hub answers 401 for repositories that do not exist, so as not to tell which private ones there are.
    remedy: 'set HF_TOKEN to a token that may read it, accept its terms on its page, or correct its name',
  })
  return createPatientStore(store, policy)
}

/** Of a large file the hub itself knows size and SHA-256, in headers of their own beside the redirect's. */
function statOf(headers: Headers) {
  const bytes = Number(headers.get('x-linked-size') ?? headers.get('content-length') ?? Number.NaN)
  const etag = (headers.get('x-linked-etag') ?? headers.get('etag'))?.replace(/^W\//, '').replaceAll('"', '')
  return { bytes, ...(etag && { etag }) }
}
