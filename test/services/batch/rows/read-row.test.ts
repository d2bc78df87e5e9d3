import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../../src/context.ts'
import { ExactNumber } from '../../../../src/formats/exact-json.ts'
import type { SourceRecord } from '../../../../src/formats/record.ts'
import { createMatchFormat } from '../../../../src/services/batch/formats/match-format.ts'
import type { JobPlan } from '../../../../src/services/batch/plan/plan.ts'
import { toErrorLines } from '../../../../src/services/batch/rows/error-lines.ts'
import { readRow as readRowBy } from '../../../../src/services/batch/rows/read-row.ts'
import { isProblem, type Row } from '../../../../src/services/batch/rows/row.ts'
import { createLines, type FinishedRow, ownColumns } from '../../../../src/services/batch/rows/row-lines.ts'
import type { Matrix } from '../../../../src/vector/matrix.ts'
import { planOfRows, testBatchParts } from '../../../support/batch-service.ts'
import { readAll } from '../../../support/record-readers.ts'

const planOf = planOfRows
const record = (fields: Record<string, unknown> | undefined, index = 0): SourceRecord => ({
  ...{ index, line: index + 1, start: 0, end: 1, fields, raw: 'raw' },
  ...(fields ? {} : { problem: 'Broken.' }),
})
const dialect = testBatchParts().openAi
const readRow = (one: SourceRecord, plan: JobPlan) => readRowBy(one, plan, dialect)
const read = (fields: Record<string, unknown>, settings: object = {}) =>
  readRow(record(fields), planOf(settings, [fields]))
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
  })

  it('without the column of the texts is an error row, whatever else it has', () => {
    const plan = planOf({}, [{ text: 'a' }, { text: 'b' }, { title: 'c' }])
    expect(readRow(record({ title: 'c' }), plan)).toMatchObject({
      code: 'invalid_request',
      message:
        'The row has no column text, which has the texts of this file, but title; add it, or leave such rows out.',
    })
    expect(readRow(record({}), plan)).toMatchObject({ message: expect.stringContaining('but none at all') })
  })

  it.each([
    [undefined, { id: 1, note: 'n' }],
    [false, {}],
    [['note'], { note: 'n' }],
    [[' Note '], { note: 'n' }],
    [['text'], { text: 't' }],
  ])('keeps with %j the columns %j', (keepColumns, columns) => {
    expect(read({ id: 1, text: 't', note: 'n' }, { keepColumns })).toMatchObject({ columns })
  })

  it.each([
    [null, 'empty_input', /is empty;/],
    ['  ', 'empty_input', /empty or blank/],
    [5, 'invalid_request', /holds a number/],
    [new ExactNumber('9007199254740993'), 'invalid_request', /holds a number/],
    ['a\0b', 'invalid_request', /null character at offset 1/],
    ['a\uD800', 'invalid_request', /half of a surrogate pair at offset 1/],
  ])('with the text %j is an error row', (text, code, message) => {
    expect(read({ text })).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('is told of a number where Parquet has a 64-bit integer for a text', () => {
    expect(read({ text: 5n })).toMatchObject({ message: expect.stringMatching(/holds a number/) })
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

const MARKS = { unknown: new Uint8Array(2), cut: new Uint8Array(2) }

describe('a line of an OpenAI batch', () => {
  it('is answered in kind, each in the encoding that it asks for', () => {
    const rows = [openAi({ input: ['a', 'b'] }), openAi({ input: 'c', encoding_format: 'base64' })].map(
      (fields, index) => readRow(record(fields, index), planOf({}, [fields])) as Row,
    )
    const finished = [
      { row: rows[0]!, first: 0, tokens: 7, ...MARKS },
      { row: rows[1]!, first: 2, tokens: 3, ...MARKS },
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
      textOf(
        [{ row: row(columns), first: 0, tokens: 1, ...MARKS }],
        matrix([0.5, -0.25, 0, 1]),
        planOf(settings),
      ),
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

  it('never lose a column to another, whatever the names', () => {
    const columns = {
      embedding: 1,
      input_embedding: 2,
      input_input_embedding: 3,
      matches: 4,
      input_matches: 5,
    }
    expect(ownColumns(columns)).toEqual({
      ...{ input_embedding: 1, input_input_embedding: 2, input_input_input_embedding: 3 },
      ...{ input_matches: 4, input_input_matches: 5 },
    })
    const named = fc.array(
      fc.constantFrom('index', 'input_index', 'input_input_index', 'input', 'other', '__proto__'),
    )
    fc.assert(
      fc.property(named, (names) => {
        const all = Object.fromEntries(names.map((name) => [name, name]))
        const kept = ownColumns(all)
        expect(Object.keys(kept)).toHaveLength(Object.keys(all).length)
        expect(Object.values(kept).sort()).toEqual(Object.values(all).sort())
      }),
    )
  })

  it('keep columns that are called like parts of every object', () => {
    const fields = JSON.parse('{"text":"a","__proto__":{"x":1},"constructor":2,"toString":3}')
    const row = readRow(record(fields), planOf()) as Row
    const lines = createLines(planOf())
    lines.add([{ row, first: 0, tokens: 1, ...MARKS }], {
      data: Float32Array.of(1, 0, 0, 0),
      rows: 1,
      columns: 4,
    })
    expect(Buffer.from(lines.bytes()).toString()).toBe(
      '{"index":0,"__proto__":{"x":1},"constructor":2,"toString":3,"embedding":[1,0,0,0]}\n',
    )
    for (const textColumn of ['__proto__', 'constructor']) {
      expect(() => planOf({ textColumn })).toThrow(`has no column ${textColumn}; its columns are text;`)
      const plan = planOf({ textColumn }, [fields])
      expect(readRow(record({ text: 'a' }), plan)).toMatchObject({
        message: expect.stringContaining(`has no column ${textColumn}`),
      })
    }
  })

  it('hold numbers digit for digit, those of the file that no double holds', async () => {
    const bytes = readFileSync('test/fixtures/cases/bigint.jsonl')
    const rows = (await readAll('jsonl', bytes)).map((one) => readRow(one, planOf()) as Row)
    const lines = createLines(planOf())
    const vectors = { data: new Float32Array(12), rows: 3, columns: 4 }
    lines.add(
      rows.map((row, first) => ({ row, first, tokens: 1, ...MARKS })),
      vectors,
    )
    expect(
      Buffer.from(lines.bytes())
        .toString()
        .match(/"id":[^,]*/g),
    ).toEqual([
      '"id":12345678901234567890',
      '"id":9007199254740993',
      '"id":0.1000000000000000055511151231257827',
    ])
  })

  it('of errors hold the place, the reason and the row, and less of the row when there are many', () => {
    const problem = readRow({ ...record({ text: '' }), raw: 'r'.repeat(1000) }, planOf())
    if (!isProblem(problem)) throw new Error('expected a problem')
    const [line] = toErrorLines([problem], 0, dialect).split('\n')
    expect(JSON.parse(line!)).toEqual({
      ...{ index: 0, line: 1, byteOffset: 0, code: 'empty_input', row: 'r'.repeat(1000) },
      message: 'The column text is empty or blank; expected text; leave such rows out.',
    })
    const later = toErrorLines([problem, problem], 255, dialect).trim().split('\n')
    expect(later.map((text) => JSON.parse(text).row.length)).toEqual([1000, 256])
  })

  it('of a match job hold the best members of the collection in place of the vector', async () => {
    const plan = planOf({ job: 'match', collection: 'jobs', top: 2 })
    const asked: number[] = []
    const format = createMatchFormat(plan, {
      async search(queries, top) {
        asked.push(queries.rows, top)
        const matches = Array.from({ length: queries.rows }, (_, id) => [
          { id: `m${id}`, index: id, score: 0.5, fields: {} },
        ])
        return { matches, exact: false }
      },
    })
    const cut = Uint8Array.of(1)
    const rows = [{ row: row({ id: 1 }), first: 1, tokens: 1, ...MARKS, cut }]
    const shard = format.open()
    await shard.add(rows, matrix([1, 0, 0, 0], [0, 1, 0, 0]), createContext())
    expect(JSON.parse(Buffer.from(await shard.finish()).toString())).toEqual({
      index: 0,
      id: 1,
      matches: [{ id: 'm1', score: 0.5 }],
      approximate: true,
      truncated: true,
    })
    expect(asked).toEqual([2, 2])
    expect(plan.role).toBe('query')
  })
})
