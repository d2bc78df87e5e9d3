import { expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import { createBatchService } from '../../../src/services/batch/batch.ts'
import { createBucket, readDocument, rowsOfText, testBatchParts } from '../../support/batch-service.ts'

const KEY = 'input/rows.jsonl'

it.each([
  ['replaced', 'was replaced'],
  ['deleted', 'was deleted'],
])('a job says that its object was %s rather than that half of it is damaged', async (how, reason) => {
  const { store } = createBucket({ [KEY]: rowsOfText(9) })
  const batch = createBatchService({
    ...testBatchParts(),
    async openReader() {
      if (how === 'deleted') await store.remove(KEY)
      else await store.write(KEY, Buffer.from(rowsOfText(30)))
      throw new AppError('invalid_request', 'The file is no whole gzip file.')
    },
  })
  const outcome = await batch.run({ store, key: KEY }, createContext())
  expect(outcome).toMatchObject({ status: 'failed', error: { code: 'artifact_missing' } })
  const record = await readDocument(store, '_FAILED.json')
  expect(record).toMatchObject({ message: expect.stringContaining(reason) })
})
