import { createExactIndex } from '../../src/collections/exact-index.ts'
import { describeCandidateIndex } from '../support/describe-candidate-index.ts'
import { createMemoryStore } from '../support/memory-store.ts'

describeCandidateIndex({
  name: 'the exact engine',
  open: async () =>
    createExactIndex({ store: createMemoryStore(), budgetBytes: 1e8, threads: 1, freshMs: 0 }),
  capabilities: { scoreError: 1e-6, severalWriters: true, exact: true, counts: true },
})
