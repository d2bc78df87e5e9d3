import { afterAll, describe, expect, it } from 'vitest'
import { createHubStore } from '../../src/storage/hub.ts'
import { describeStore } from '../contracts/store.ts'
import { startHubServer } from '../support/hub-server.ts'

const hub = await startHubServer()
afterAll(() => hub.close())
const revision = 'c'.repeat(40)
const locate = (repo: string) => (key: string) => ({ repo, revision, path: key })

for (const large of [false, true]) {
  const repo = `owner/${large ? 'large' : 'small'}`
  describeStore(
    `createHubStore with ${large ? 'large files, which are redirected' : 'small files'}`,
    async () => ({
      store: createHubStore({ endpoint: hub.endpoint, locate: locate(repo) }),
      put: async (key, body) => hub.put(repo, revision, key, body, large),
    }),
  )
}

describe('createHubStore', () => {
  it('has a place', () => {
    expect(createHubStore({ endpoint: hub.endpoint, locate: () => undefined }).name).toContain(hub.endpoint)
  })
})
