import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { CollectionRow } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { ExactNumber, parseExactJson } from '../../src/formats/exact-json.ts'
import type { EmbedService } from '../../src/services/embed.ts'
import { type FieldValue, joinTexts, type MatchDocument, textsOf } from '../../src/services/match/document.ts'
import { rowOf } from '../../src/vector/matrix.ts'

/** Rows embedded at once: enough to plan good batches, few enough to show progress. */
const AT_ONCE = 1024

/** One line of a file, read. */
interface Line {
  /** From 1. */
  readonly number: number
  readonly id: string
  readonly fields: Readonly<Record<string, FieldValue>>
  readonly text: string
}

/**
 * The lines of a JSONL file as embedded rows: a text, or an object whose describing fields are embedded as `POST
 * /match` embeds a candidate. A row without an id has its line number.
 *
 * @param shown called with the rows so far
 * @throws AppError `invalid_request` that names the line
 */
export async function* embedLines(
  path: string,
  model: string | undefined,
  embed: EmbedService,
  shown: (rows: number) => void,
): AsyncGenerator<CollectionRow> {
  const options = { role: 'document', normalize: true }
  let waiting: Line[] = []
  let rows = 0
  const flush = async function* () {
    const inputs = waiting.map(({ text }) => text)
    const { vectors, unknown } = await embed.run(embed.plan({ inputs, model, options }), createContext())
    const first = unknown.indexOf(1)
    if (first >= 0) throw unknownText(path, waiting[first]!)
    for (const [row, { id, fields }] of waiting.entries()) yield { id, fields, vector: rowOf(vectors, row) }
    rows += waiting.length
    waiting = []
    shown(rows)
  }
  for await (const line of readLines(path)) if (waiting.push(line) === AT_ONCE) yield* flush()
  if (waiting.length > 0) yield* flush()
}

async function* readLines(path: string): AsyncGenerator<Line> {
  let number = 0
  for await (const text of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number++
    // Windows' Notepad begins what it saves as UTF-8 with a byte order mark.
    const line = number === 1 ? text.replace(/^\uFEFF/, '') : text
    if (line.trim() !== '') yield readLine(line, `${path}:${number}`, number)
  }
}

/** @throws AppError `invalid_request` that names `place` */
function readLine(line: string, place: string, number: number): Line {
  const value = parse(line, place)
  const record = typeof value === 'string' ? { text: value } : value
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    throw wrong(place, 'is neither a text nor an object')
  }
  const { id = String(number), ...fields } = record as Record<string, FieldValue>
  if (typeof id !== 'string' && typeof id !== 'number' && !(id instanceof ExactNumber))
    throw wrong(place, 'has an id that is no text or number')
  const document: MatchDocument = { id: String(id), index: 0, fields }
  const text = joinTexts(textsOf(document))
  if (text === '') throw wrong(place, 'has no text to embed')
  return { number, id: document.id, fields, text }
}

function parse(line: string, place: string): unknown {
  try {
    return parseExactJson(line)
  } catch {
    throw wrong(place, 'is no JSON')
  }
}

function wrong(place: string, problem: string): AppError {
  return new AppError(
    'invalid_request',
    `${place} ${problem}; expected a line such as {"id": "1", "text": "…"}.`,
    { details: { field: place } },
  )
}

/** A row that nothing could ever find, as one with a vector of zeros. */
function unknownText(path: string, { number, id }: Line): AppError {
  return new AppError(
    'empty_input',
    `${path}:${number} (id "${id.slice(0, 100)}") has no word that the model knows: emoji, a script that it never learnt, or characters without width; leave the row out, or choose a model of its language with --model.`,
    { details: { field: `${path}:${number}` } },
  )
}
