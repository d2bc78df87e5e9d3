import { stringifyExactJson } from '../../../formats/exact-json.ts'
import { type Encoding, encodedBytes, encodeRows } from '../../../vector/encoding.ts'
import { type Matrix, sliceRows } from '../../../vector/matrix.ts'
import { releaseMemory } from '../../../vector/release.ts'
import { countMarks } from '../../unknown.ts'
import type { JobPlan } from '../plan/plan.ts'
import type { Row } from './row.ts'

/** A row with the place of its first vector in the matrix of its shard. */
export interface FinishedRow {
  readonly row: Row
  readonly first: number
  /** Of all its inputs together. */
  readonly tokens: number
  /** 1 for each of its inputs of which the model knows no token. */
  readonly unknown: Uint8Array
  /** 1 for each of its inputs that lost tokens. */
  readonly cut: Uint8Array
}

/** Names of our own, which a row's columns cannot have, and the names that such columns get. */
const OWN_NAMES = /^(input_)*(index|embedding|scale|matches|approximate|warnings|unknown|truncated)$/

/**
 * Rows whose text is made at once: few, so that their strings can be collected soon, and a shard takes little more
 * memory than its bytes.
 */
const ROWS_AT_ONCE = 64
/** For what is written beside the vectors; more is made as it is needed. */
const ROOM_BYTES = 256 * 1024
const GROWTH = 1.25
const MOST_ROOM_BYTES = 10 * 1024 * 1024

/** The text of a shard of JSON lines. */
interface Lines {
  /** Adds rows: their position in the file, the columns that are kept, and the vector. */
  add(rows: readonly FinishedRow[], vectors: Matrix): void
  /** Everything that was added, in memory of its own. */
  bytes(): Uint8Array
}

/** Begins a shard of JSON lines, with room for all its vectors where that is not too much to begin with. */
export function createLines(plan: JobPlan): Lines {
  const { shardRows, dimensions, encoding } = plan
  const expected = encodedBytes(shardRows, dimensions, encoding) + ROOM_BYTES
  let bytes = Buffer.allocUnsafeSlow(Math.min(expected, MOST_ROOM_BYTES))
  let length = 0
  const makeRoom = (more: number) => {
    if (length + more <= bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.ceil((length + more) * GROWTH))
    bytes.copy(larger, 0, 0, length)
    releaseMemory(bytes)
    bytes = larger
  }
  return {
    add(rows, vectors) {
      for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
        const text = linesOf(rows.slice(start, start + ROWS_AT_ONCE), vectors, plan)
        makeRoom(Buffer.byteLength(text))
        length += bytes.write(text, length)
      }
    },
    bytes: () => bytes.subarray(0, length),
  }
}

function linesOf(rows: readonly FinishedRow[], vectors: Matrix, plan: JobPlan): string {
  const [start, end] = [rows[0]!.first, rows.at(-1)!.first + rows.at(-1)!.row.inputs.length]
  const block = sliceRows(vectors, start, end)
  const { embeddings, scales } = encodeRows(block, plan.encoding)
  const others = new Map<Encoding, ReturnType<typeof encodeRows>['embeddings']>([[plan.encoding, embeddings]])
  const encodedAs = (encoding: Encoding) => {
    const known = others.get(encoding) ?? encodeRows(block, encoding).embeddings
    others.set(encoding, known)
    return known
  }
  let text = ''
  for (const finished of rows) {
    const { row } = finished
    const first = finished.first - start
    text += row.openAi
      ? openAiLine(row, row.openAi, encodedAs(row.openAi.encoding), { ...finished, first }, plan)
      : nativeLine(finished, embeddings[first]!, scales?.[first])
  }
  return text
}

/** What is to be said of a vector: that its text has no known token, or that it is one of a part of its text. */
export function marksOf({ unknown, cut }: Pick<FinishedRow, 'unknown' | 'cut'>, input: number) {
  return {
    ...(unknown[input] === 1 && { unknown: true }),
    ...(cut[input] === 1 && { truncated: true }),
  }
}

function nativeLine(finished: FinishedRow, embedding: string | number[], scale: number | undefined): string {
  const { row } = finished
  const columns = stringifyExactJson(ownColumns(row.columns)).slice(1, -1)
  const vector = typeof embedding === 'string' ? `"${embedding}"` : `[${embedding.join(',')}]`
  const marks = Object.keys(marksOf(finished, 0)).map((mark) => `,"${mark}":true`)
  const end = `${scale === undefined ? '' : `,"scale":${scale}`}${marks.join('')}`
  return `{"index":${row.record.index},${columns && `${columns},`}"embedding":${vector}${end}}\n`
}

function openAiLine(
  { inputs, record }: Row,
  { customId, ignored }: NonNullable<Row['openAi']>,
  embeddings: readonly (string | number[])[],
  { first, tokens, ...marks }: FinishedRow,
  { model }: JobPlan,
): string {
  const data = inputs.map((_, index) => ({
    object: 'embedding',
    index,
    embedding: embeddings[first + index],
    ...marksOf(marks, index),
  }))
  const [truncated, unknown] = [countMarks(marks.cut), countMarks(marks.unknown)]
  const counts = { ...(truncated > 0 && { truncated }), ...(unknown > 0 && { unknown }) }
  const usage = { prompt_tokens: tokens, total_tokens: tokens, ...counts }
  const body = { object: 'list', data, model: model.id, usage }
  const beside = ignored === undefined ? {} : { ignored_fields: ignored }
  const response = { status_code: 200, request_id: `row-${record.index}`, body, ...beside }
  return `${JSON.stringify({ id: `row-${record.index}`, custom_id: customId, response, error: null })}\n`
}

/**
 * Columns under the names that they have in the output: `index`, `embedding`, `scale`, `matches`, `warnings` and marks are ours, so
 * that a column of such a name gets `input_` in front, and one that is called `input_embedding` already gets it once more.
 * Which other columns a row has makes no difference, and no two columns ever get the same name.
 */
export function ownColumns(columns: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const names = Object.keys(columns)
  if (!names.some((name) => OWN_NAMES.test(name))) return columns
  return Object.fromEntries(names.map((name) => [ownName(name), columns[name]]))
}

/** The name of a column in the output. */
export function ownName(name: string): string {
  return OWN_NAMES.test(name) ? `input_${name}` : name
}
