import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import {
  createBucket,
  createTestBatch,
  readDocument,
  rowsOfText,
  stopAfter,
} from '../../support/batch-service.ts'

const KEY = 'input/rows.jsonl'
const sidecar = (settings: object) => ({ [`${KEY}.job.json`]: JSON.stringify(settings) })

describe('what a job that succeeded warns of', () => {
  const run = async (objects: Record<string, string>, key: string, later: Record<string, string>) => {
    const { store } = createBucket(objects)
    const begun = await createTestBatch().run({ store: stopAfter(store, 0), key }, createContext())
    for (const [name, body] of Object.entries(later)) await store.write(name, Buffer.from(body))
    // A message that is handed out again knows the job that it began.
    await createTestBatch().run({ store, key, job: begun.job }, createContext())
    const summary = await readDocument(store, '_SUCCESS.json')
    return { job: begun.job, summary }
  }

  it('is a folder that is no model', async () => {
    const key = 'input/2026-11/a.jsonl'
    const { summary } = await run({ [key]: rowsOfText(3) }, key, {})
    expect(summary).toMatchObject({
      rows: 3,
      model: expect.stringMatching(/^small@/),
      warnings: [
        expect.stringMatching(/^No model is called as the folder input\/2026-11\/; the default small/),
      ],
    })
  })

  it.each([
    ['came after the job had begun', {}, { role: 'query' }],
    ['were changed after the job had begun', { role: 'query' }, { role: 'document', dimensions: 2 }],
  ])('are settings that %s', async (words, first, second) => {
    const given = Object.keys(first).length > 0 ? sidecar(first) : {}
    const { job, summary } = await run({ [KEY]: rowsOfText(3), ...given }, KEY, sidecar(second))
    expect(summary).toMatchObject({
      job,
      warnings: [expect.stringContaining(`The settings in ${KEY}.job.json ${words} and do not count`)],
    })
    expect(String(summary!.warnings)).toContain(`npm run batch -- redrive ${job} --restart --bucket`)
  })

  it('are no settings that ask for the same', async () => {
    const { summary } = await run({ [KEY]: rowsOfText(3) }, KEY, sidecar({ truncate: 'end' }))
    expect(summary).toMatchObject({ warnings: [] })
  })
})
