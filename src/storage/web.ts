import { createHttpStore, encodePath } from './http-store.ts'
import { PATIENCE, type RetryPolicy } from './retry-policy.ts'
import { createPatientStore } from './retrying-store.ts'
import type { Store } from './store.ts'
import { createWebClient } from './web-client.ts'

/**
 * The files below an address, as a CDN, a mirror or any web server has them: `<address>/<key>`. It can be read, not
 * listed. Tags of such servers say nothing that holds for all of them, so none is passed on.
 *
 * @param address `https://host/prefix`, without a query
 */
export function createWebStore(address: string, policy: RetryPolicy = PATIENCE): Store {
  const store = createHttpStore({
    client: createWebClient({ name: address, address, remedy: 'check MODEL_SOURCES' }),
    pathOf: encodePath,
    statOf: (headers) => ({ bytes: Number(headers.get('content-length') ?? Number.NaN) }),
    open: true,
    // Before a bucket that may not be listed, a CDN answers 403 for what is not there.
    remedy: 'upload it there, allow everyone to read it, or check the address in MODEL_SOURCES',
  })
  return createPatientStore(store, policy)
}
