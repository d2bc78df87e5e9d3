import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createRecordReader } from '../../../src/formats/open-records.ts'
import { createSplitService, type SplitServiceParts } from '../../../src/services/batch/split.ts'
import type { BatchParts } from '../../../src/services/batch/work/parts.ts'
import { createBucket, readOutput, testBatchParts } from '../../support/batch-service.ts'

const openReader: BatchParts['openReader'] = async (store, { key, bytes, input }) =>
  createRecordReader(input, { bytes, read: (start, end) => store.read(key, { start, end }) })

/** Everything that a job writes for a file, in order, when it is split in this way. */
async function outputOf(key: string, body: string | Uint8Array, how: Partial<SplitServiceParts>) {
  const { store } = createBucket({
    [key]: body,
    [`${key}.job.json`]: '{"shardRows":3,"maxErrorShare":1,"unclosedQuote":"row"}',
  })
  const split = createSplitService({ ...testBatchParts(), openReader, rangeBytes: 1e9, ...how })
  const context = createContext()
  const { job, items, ranges } = await split.plan({ store, key }, context)
  for (const range of JSON.parse(await text(await store.read(items)))) {
    while (!(await split.work({ store, job, range }, context)).finished);
  }
  const { rows, errors, tokens } = await split.finish({ store, job }, context)
  return {
    ranges,
    output: {
      totals: { rows, errors, tokens },
      parts: await readOutput(store, 'part'),
      problems: await readOutput(store, 'errors'),
    },
  }
}

describe('a file that is split', () => {
  const row = fc.constantFrom(
    '1,nurse',
    '2,"a\nb, ""c"""',
    '',
    '3,数据',
    '"4",',
    'too,many,fields',
    '5,"never closed',
    ' ',
  )

  it.each(['csv', 'tsv', 'jsonl', 'txt'])(
    '.%s has the rows, positions and lines that it has whole',
    async (name) => {
      const line =
        name === 'jsonl'
          ? row.map((value) => (value.length > 2 ? JSON.stringify({ text: value }) : value))
          : row
      const key = `input/rows.${name}`
      await fc.assert(
        fc.asyncProperty(
          fc.array(line, { maxLength: 25 }),
          fc.integer({ min: 1, max: 120 }),
          fc.constantFrom('\n', '\r\n'),
          async (lines, rangeBytes, newline) => {
            const good = name === 'jsonl' ? '{"text":"nurse"}' : '1,nurse'
            const body = ['id,text', good, ...lines].join(newline)
            const { output } = await outputOf(key, body, { rangeBytes })
            expect(output).toEqual((await outputOf(key, body, {})).output)
          },
        ),
        { numRuns: 40 },
      )
    },
  )

  it('has the rows of GBK that it has whole, since places in it are not those of its text', async () => {
    const body = Buffer.from(`69642c746578740a${'312cbba4cabf0a'.repeat(100)}`, 'hex')
    const cut = await outputOf('input/rows.csv', body, { rangeBytes: 70 })
    expect(cut.output).toEqual((await outputOf('input/rows.csv', body, {})).output)
    expect([cut.output.parts.length, cut.output.problems]).toEqual([100, []])
  })

  it('is cut into many ranges even where line feeds are quoted', async () => {
    const body = `id,text\n${'1,"a\nb"\n'.repeat(100)}`
    expect((await outputOf('input/rows.csv', body, { rangeBytes: 70 })).ranges).toBe(12)
  })

  it('too large to be counted is cut by its lines, or not at all where these tell nothing', async () => {
    const how = { rangeBytes: 70, mostCountedBytes: 10 }
    const table = `id,text\n${'1,nurse\n'.repeat(100)}`
    expect((await outputOf('input/rows.csv', table, how)).ranges).toBe(1)
    const lines = 'nurse\n'.repeat(100)
    const { ranges, output } = await outputOf('input/rows.txt', lines, how)
    expect(ranges).toBe(9)
    expect(output.totals.rows).toBe(100)
  })
})
