import { scopeStore } from '../../src/storage/scoped.ts'
import { describeStore } from '../contracts/store.ts'
import { createMemoryStore } from '../support/memory-store.ts'

describeStore({
  name: 'the store in memory, over which many tests run',
  capabilities: ['list', 'write', 'remove'],
  async open() {
    const store = createMemoryStore()
    return { store, put: (key, body) => store.write(key, body) }
  },
})

describeStore({
  name: 'a part of a store in memory',
  capabilities: ['list', 'write', 'remove'],
  async open() {
    const whole = createMemoryStore()
    const prefix = 'some/part/'
    const store = scopeStore(whole, prefix)
    return { store, partOf: { name: whole.name, prefix }, put: (key, body) => store.write(key, body) }
  },
})
