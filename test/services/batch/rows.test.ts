import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import type { SourceRecord } from '../../../src/formats/record.ts'
import { createLines, type FinishedRow, toErrorLines, toJson } from '../../../src/services/batch/lines-out.ts'
import { createMatchFormat } from '../../../src/services/batch/match-format.ts'
import { type JobPlan, planJob } from '../../../src/services/batch/plan.ts'
import { isProblem, type Row, readRow } from '../../../src/services/batch/rows.ts'
import type { Matrix } from '../../../src/vector/matrix.ts'
import { smallCatalog } from '../../support/batch-service.ts'

const planOf = (settings: object = {}): JobPlan =>
  planJob(
    { key: 'input/a.jsonl', bytes: 1, etag: 'e' },
    { catalog: smallCatalog, defaultModel: 'small', sidecar: JSON.stringify(settings) },
  )
const record = (fields: Record<string, unknown> | undefined, index = 0): SourceRecord => ({
  ...{ index, line: index + 1, start: 0, end: 1, fields, raw: 'raw' },
  ...(fields ? {} : { problem: 'Broken.' }),
})
const read = (fields: Record<string, unknown>, settings: object = {}) =>
  readRow(record(fields), planOf(settings))
const openAi = (body: object, more: object = {}) => ({
  custom_id: 'c',
  method: 'POST',
  url: '/v1/embeddings',
  body,
  ...more,
})
const matrix = (...rows: number[][]) => ({
  data: Float32Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0]!.length,
})

function textOf(rows: readonly FinishedRow[], vectors: Matrix, plan: JobPlan): string {
  const lines = createLines(plan)
  lines.add(rows, vectors)
  return Buffer.from(lines.bytes()).toString()
}

describe('a row', () => {
  it.each([
    [{ text: 'a', input: 'b' }, 'a'],
    [{ id: 1, content: 'c' }, 'c'],
    [{ whatever: 'only' }, 'only'],
  ])('of %j has the text %j', (fields, text) => {
    expect(read(fields)).toMatchObject({ inputs: [text] })
  })

  it('has its text in the column that the settings name', () => {
    expect(read({ text: 'a', name: 'b' }, { textColumn: 'name' })).toMatchObject({
      inputs: ['b'],
      columns: { text: 'a' },
    })
    expect(read({ text: 'a' }, { textColumn: 'name' })).toMatchObject({
      message: 'The row has no column name, but text; correct the setting textColumn.',
    })
  })

  it.each([
    [undefined, { id: 1, note: 'n' }],
    [false, {}],
    [['note', 'absent'], { note: 'n' }],
    [['text'], { text: 't' }],
  ])('keeps with %j the columns %j', (keepColumns, columns) => {
    expect(read({ id: 1, text: 't', note: 'n' }, { keepColumns })).toMatchObject({ columns })
  })

  it.each([
    [null, 'empty_input', /is empty;/],
    ['  ', 'empty_input', /empty or blank/],
    [5, 'invalid_request', /holds a number/],
    ['a\0b', 'invalid_request', /null character at offset 1/],
    ['a\uD800', 'invalid_request', /half of a surrogate pair at offset 1/],
  ])('with the text %j is an error row', (text, code, message) => {
    expect(read({ text })).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('that cannot be read says why', () => {
    expect(readRow(record(undefined), planOf())).toMatchObject({
      code: 'invalid_request',
      message: 'Broken.',
    })
    expect(readRow({ ...record(undefined), problem: undefined as never }, planOf())).toMatchObject({
      message: 'The record cannot be read.',
    })
  })
})

describe('a line of an OpenAI batch', () => {
  it.each([
    ['a', ['a']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [[1, 2], [[1, 2]]],
    [
      [[1], [2, 3]],
      [[1], [2, 3]],
    ],
  ])('with the input %j asks for %j', (input, inputs) => {
    expect(read(openAi({ input }))).toMatchObject({ inputs, openAi: { customId: 'c', encoding: 'float' } })
  })

  it.each([
    [openAi({}), 'empty_input', /no body.input/],
    [openAi({ input: [] }), 'empty_input', /no body.input/],
    [openAi({ input: ['a', ''] }), 'empty_input', /body.input is empty or blank/],
    [openAi({ input: [[]] }), 'empty_input', /is empty/],
    [openAi({ input: 'a', dimensions: 3 }), 'invalid_request', /3 dimensions in a job of 4/],
    [openAi({ input: 'a', encoding_format: 'hex' }), 'invalid_request', /expected float or base64/],
    [openAi({ input: 'a' }, { url: '/v1/chat/completions' }), 'invalid_request', /expected \/v1\/embeddings/],
  ])('%j is an error row', (fields, code, message) => {
    expect(read(fields)).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('is answered in kind, each in the encoding that it asks for', () => {
    const rows = [openAi({ input: ['a', 'b'] }), openAi({ input: 'c', encoding_format: 'base64' })].map(
      (fields, index) => readRow(record(fields, index), planOf()) as Row,
    )
    const finished = [
      { row: rows[0]!, first: 0, tokens: 7 },
      { row: rows[1]!, first: 2, tokens: 3 },
    ]
    const lines = textOf(finished, matrix([1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]), planOf())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines[0]).toMatchObject({
      custom_id: 'c',
      error: null,
      response: {
        status_code: 200,
        body: {
          object: 'list',
          model: 'small',
          data: [{ index: 0, embedding: [1, 0, 0, 0] }, { index: 1 }],
          usage: { prompt_tokens: 7, total_tokens: 7 },
        },
      },
    })
    expect(lines[1].response.body.data[0].embedding).toBe(
      Buffer.from(Float32Array.of(0, 0, 1, 0).buffer).toString('base64'),
    )
  })
})

describe('the lines of a shard', () => {
  const row = (columns: Record<string, unknown>): Row => ({
    record: record({ text: 't' }),
    inputs: ['t'],
    columns,
  })
  const line = (columns: Record<string, unknown>, settings: object = {}) =>
    JSON.parse(
      textOf([{ row: row(columns), first: 0, tokens: 1 }], matrix([0.5, -0.25, 0, 1]), planOf(settings)),
    )

  it('hold position, columns and vector', () => {
    expect(line({ id: 7 })).toEqual({ index: 0, id: 7, embedding: [0.5, -0.25, 0, 1] })
    expect(line({})).toEqual({ index: 0, embedding: [0.5, -0.25, 0, 1] })
  })

  it('hold a vector as base64, or as codes with their scale', () => {
    const base64 = Buffer.from(Float32Array.of(0.5, -0.25, 0, 1).buffer).toString('base64')
    expect(line({}, { encoding: 'base64' })).toEqual({ index: 0, embedding: base64 })
    expect(line({}, { encoding: 'int8' })).toEqual({ index: 0, embedding: [64, -32, 0, 127], scale: 1 / 127 })
  })

  it('rename columns that have the names of their own fields', () => {
    expect(line({ index: 'i', embedding: 'e', scale: 's', id: 1 })).toMatchObject({
      ...{ index: 0, input_index: 'i', input_embedding: 'e', input_scale: 's', id: 1 },
    })
  })

  it('hold what Parquet has and JSON has not', () => {
    expect(toJson({ small: 5n, large: 2n ** 60n, bytes: Uint8Array.of(1, 2), day: new Date(0) })).toBe(
      '{"small":5,"large":"1152921504606846976","bytes":"AQI=","day":"1970-01-01T00:00:00.000Z"}',
    )
  })

  it('of errors hold the place, the reason and the row', () => {
    const problem = readRow(record(openAi({})), planOf())
    if (!isProblem(problem)) throw new Error('expected a problem')
    expect(JSON.parse(toErrorLines([problem]))).toEqual({
      ...{ index: 0, line: 1, byteOffset: 0, custom_id: 'c', code: 'empty_input' },
      ...{ message: 'The line has no body.input; add text.', row: 'raw' },
    })
  })

  it('of a match job hold the best members of the collection in place of the vector', async () => {
    const plan = planOf({ job: 'match', collection: 'jobs', top: 2 })
    const asked: number[] = []
    const format = createMatchFormat(plan, {
      async search(queries, top) {
        asked.push(queries.rows, top)
        return Array.from({ length: queries.rows }, (_, id) => [{ id: `m${id}`, score: 0.5 }])
      },
    })
    const rows = [{ row: row({ id: 1 }), first: 1, tokens: 1 }]
    const shard = format.open()
    await shard.add(rows, matrix([1, 0, 0, 0], [0, 1, 0, 0]), createContext())
    expect(JSON.parse(Buffer.from(await shard.finish()).toString())).toEqual({
      index: 0,
      id: 1,
      matches: [{ id: 'm1', score: 0.5 }],
    })
    expect(asked).toEqual([2, 2])
    expect(plan.role).toBe('query')
  })
})
