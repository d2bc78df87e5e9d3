import { describe, expect, it } from 'vitest'
import { createContext } from '../../../../src/context.ts'
import { AppError } from '../../../../src/errors.ts'
import type { RowProblem } from '../../../../src/services/batch/rows/row.ts'
import { startingAt, toMetadata } from '../../../../src/services/batch/work/checkpoint.ts'
import { countReasons, reasonOf } from '../../../../src/services/batch/work/reasons.ts'
import { createBucket, createTestBatch, readDocument } from '../../../support/batch-service.ts'

const KEY = 'input/rows.jsonl'
const problem = (message: string, index = 0): RowProblem => ({
  record: { index, line: index + 1, start: 0, end: 1, fields: undefined, raw: '' },
  code: 'invalid_request',
  message,
})

describe('reasons', () => {
  it('are the same but for numbers and what is quoted', () => {
    const same = (one: string, other: string) => reasonOf(problem(one)) === reasonOf(problem(other))
    expect(same('null character at offset 4', 'null character at offset 17')).toBe(true)
    expect(same('no model "a \\" b"', 'no model "c"')).toBe(true)
    expect(same('The column a is empty', 'The column b is empty')).toBe(false)
    expect(reasonOf({ code: 'internal', message: 'x' })).not.toBe(
      reasonOf({ code: 'empty_input', message: 'x' }),
    )
  })

  it('are told apart up to twenty, which fit into the metadata of a shard with everything else', () => {
    const messages = Array.from({ length: 50 }, (_, number) => `Reason ${'x'.repeat(number)}.`)
    const reasons = countReasons(
      {},
      messages.map((message) => problem(message)),
      99_999,
    )
    expect(Object.keys(reasons)).toHaveLength(20)
    expect(countReasons(reasons, [problem(messages[3]!), problem(messages[49]!)], 5)).toMatchObject({
      [reasonOf(problem(messages[3]!))]: [2, 99_999],
    })
    const large = Object.fromEntries(
      Object.keys(reasons).map((name) => [name, [1e9, 99_999] as [number, number]]),
    )
    const all = {
      ...startingAt(1e12, 1e9, 1e9),
      rows: 1e9,
      errors: 1e9,
      tokens: 1e12,
      workMs: 1e9,
      reasons: large,
    }
    const codes = { invalid_request: 1e9, empty_input: 1e9, input_too_long: 1e9, payload_too_large: 1e9 }
    expect(
      toMetadata({ ...all, codes: { ...codes, inference_failed: 1e9 } }).checkpoint!.length,
    ).toBeLessThan(1500)
  })

  it('appear once each in the summary, counted once though a worker broke off', async () => {
    const lines = [
      '{"text":"a"}',
      '{"text":"a\\u0000"}',
      '{"text":"aa\\u0000"}',
      'no json',
      '{"text":"b"}',
      '{"text":1}',
    ]
    const settings = JSON.stringify({ shardRows: 2, maxErrorShare: 1 })
    const { store } = createBucket({ [KEY]: lines.join('\n'), [`${KEY}.job.json`]: settings })
    const breaking = (key: string): typeof store => ({
      ...store,
      async write(name, ...rest) {
        const written = await store.write(name, ...rest)
        if (name.endsWith(key)) throw new AppError('upstream_failed', 'The answer got lost.')
        return written
      },
    })
    const run = (of = store) => createTestBatch().run({ store: of, key: KEY }, createContext())
    for (const key of ['errors-00000.jsonl', 'part-00000.jsonl', 'errors-00001.jsonl'])
      await run(breaking(key))
    expect(await run()).toMatchObject({ status: 'succeeded' })
    expect(await readDocument(store, '_SUCCESS.json')).toMatchObject({
      ...{ rows: 2, errors: 4, errorsByCode: { invalid_request: 4 } },
      errorsByReason: [
        { message: expect.stringContaining('null character at offset 1'), count: 2, line: 2, index: 1 },
        { message: 'The line is no JSON.', count: 1, line: 4, row: 'no json' },
        { message: expect.stringContaining('holds a number'), count: 1, line: 6 },
      ],
    })
  })
})
