import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createBucket, createTestBatch, readDocument, readOutput } from '../../support/batch-service.ts'

const LINES = [
  { id: 0, text: 'nurse' },
  { id: 1, text: '🦊' },
  { id: 2, text: 'cook', unknown: 'mine' },
  { id: 3, text: '☃ ☃' },
  { id: 4, text: 'baker' },
]

async function run(settings: object) {
  const { store } = createBucket({
    'input/a.jsonl': LINES.map((line) => JSON.stringify(line)).join('\n'),
    'input/a.jsonl.job.json': JSON.stringify(settings),
  })
  const { status } = await createTestBatch().run({ store, key: 'input/a.jsonl' }, createContext())
  return { status, store }
}

describe('rows of which the model knows no token', () => {
  it('are marked beside their vectors, and counted', async () => {
    const { status, store } = await run({ shardRows: 2 })
    expect(status).toBe('succeeded')
    const rows = await readOutput(store, 'part')
    expect(rows.map(({ id, unknown, input_unknown: column }) => [id, unknown, column])).toEqual([
      [0, undefined, undefined],
      [1, true, undefined],
      [2, undefined, 'mine'],
      [3, true, undefined],
      [4, undefined, undefined],
    ])
    expect(await readDocument(store, '_SUCCESS.json')).toMatchObject({ rows: 5, errors: 0, unknown: 2 })
  })

  it('are error rows where the settings say so', async () => {
    const { status, store } = await run({ unknown: 'error' })
    expect(status).toBe('succeeded')
    expect((await readOutput(store, 'part')).map(({ id }) => id)).toEqual([0, 2, 4])
    expect(await readOutput(store, 'errors')).toEqual(
      [1, 3].map((index) =>
        expect.objectContaining({
          index,
          code: 'empty_input',
          message: expect.stringMatching(/^The model knows no token of the text/),
        }),
      ),
    )
    expect(await readDocument(store, '_SUCCESS.json')).toMatchObject({ rows: 3, errors: 2, unknown: 0 })
  })

  it('are marked input by input in the answer to a line of an OpenAI batch', async () => {
    const line = { custom_id: 'a', body: { input: ['nurse', '🦊'] } }
    const { store } = createBucket({ 'input/a.jsonl': JSON.stringify(line) })
    await createTestBatch().run({ store, key: 'input/a.jsonl' }, createContext())
    const [row] = await readOutput(store, 'part')
    expect(row).toMatchObject({ response: { body: { data: [{ index: 0 }, { index: 1, unknown: true }] } } })
    expect(row).toMatchObject({ response: { body: { usage: { unknown: 1 } } } })
    expect(JSON.stringify(row).match(/unknown/g)).toHaveLength(2)
  })
})
