import { describe, expect, it } from 'vitest'
import { createContext } from '../../../../src/context.ts'
import { AppError } from '../../../../src/errors.ts'
import type { WritableStore } from '../../../../src/storage/store.ts'
import { createBucket, createTestBatch, readOutput, rowsOfText } from '../../../support/batch-service.ts'
import { createWordEngine } from '../../../support/word-engine.ts'

const KEY = 'input/rows.jsonl'

it('two workers leave no row in output and errors when only the second one saw the model fail', async () => {
  const { store } = createBucket({ [KEY]: rowsOfText(9), [`${KEY}.job.json`]: '{"shardRows":3}' })
  const words = createWordEngine()
  const failing: typeof words.embed = async (job, context) => {
    if (job.inputs.some((input) => String(input).includes('text 4'))) {
      throw new AppError('inference_failed', 'The model failed.')
    }
    return words.embed(job, context)
  }
  const second: WritableStore = {
    ...store,
    async write(key, ...rest) {
      if (key.includes('/errors-')) await createTestBatch().run({ store, key: KEY }, createContext())
      return store.write(key, ...rest)
    },
  }
  const message = { id: 'm', receiveCount: 2, shared: false }
  const batch = createTestBatch({ ...words, embed: failing })
  expect(await batch.run({ store: second, key: KEY, message }, createContext())).toMatchObject({
    status: 'succeeded',
  })
  expect((await readOutput(store, 'part')).map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect(await readOutput(store, 'errors')).toEqual([])
})

describe('two workers that see different errors', () => {
  const rows = `${rowsOfText(4)}{"text":5}\n${rowsOfText(4)}`
  const words = createWordEngine()
  const failing: typeof words.embed = async (job, context) => {
    if (job.inputs.some((input) => String(input).includes('text 3'))) {
      throw new AppError('inference_failed', 'The model failed.')
    }
    return words.embed(job, context)
  }
  const message = { id: 'm', receiveCount: 2, shared: false }
  const calm = () => createTestBatch()
  const troubled = () => createTestBatch({ ...words, embed: failing })

  it.each([
    ['a troubled one comes between the errors of a calm one', calm, troubled, '/errors-'],
    ['a troubled one comes before the shard of a calm one', calm, troubled, '/part-'],
    ['a calm one comes between the errors of a troubled one', troubled, calm, '/errors-'],
    ['a calm one comes before the shard of a troubled one', troubled, calm, '/part-'],
  ])('leave each row once when %s', async (_, openOuter, openInner, moment) => {
    const { store } = createBucket({ [KEY]: rows })
    let isFirst = true
    const outer: WritableStore = {
      ...store,
      async write(key, ...rest) {
        if (isFirst && key.includes(moment)) {
          isFirst = false
          await openInner().run({ store, key: KEY, message }, createContext())
        }
        return store.write(key, ...rest)
      },
    }
    await openOuter().run({ store: outer, key: KEY, message }, createContext())
    expect(isFirst).toBe(false)
    const [written, refused] = [await readOutput(store, 'part'), await readOutput(store, 'errors')]
    const indices = [...written, ...refused].map(({ index }) => Number(index))
    expect(indices.sort((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(refused.length).toBeGreaterThan(0)
  })
})
