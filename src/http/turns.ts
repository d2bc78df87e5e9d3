import { type EncodedRows, type Encoding, encodeRows } from '../vector/encoding.ts'
import { type Matrix, sliceRows } from '../vector/matrix.ts'
import type { Answer } from './answer.ts'

/**
 * Numbers that are written in one turn of the event loop, about 3 ms of work. Ten megabytes of JSON in one go would
 * keep every other request, `/health` too, waiting for 150 ms.
 */
const VALUES_PER_TURN = 1 << 14

/** As {@link encodeRows}; large matrices over several turns of the event loop. */
export async function encodeInTurns(vectors: Matrix, encoding: Encoding): Promise<EncodedRows> {
  const rowsPerTurn = rowsInTurn(vectors)
  if (vectors.rows <= rowsPerTurn) return encodeRows(vectors, encoding)
  const embeddings: EncodedRows['embeddings'] = []
  const scales: number[] = []
  for (let start = 0; start < vectors.rows; start += rowsPerTurn) {
    const part = encodeRows(sliceRows(vectors, start, start + rowsPerTurn), encoding)
    embeddings.push(...part.embeddings)
    if (part.scales) scales.push(...part.scales)
    await nextTurn()
  }
  return { embeddings, ...(scales.length > 0 ? { scales } : {}) }
}

/** The answer of a body whose lists have an item for each row of `vectors`, written over several turns when large. */
export function answerInTurns(
  body: object,
  vectors: Matrix,
  headers: Readonly<Record<string, string>>,
): Answer {
  const rowsPerTurn = rowsInTurn(vectors)
  if (vectors.rows <= rowsPerTurn) return { body, headers }
  return {
    body,
    headers,
    async write() {
      const parts: Buffer[] = []
      await write(body, rowsPerTurn, parts)
      return Buffer.concat(parts)
    },
  }
}

async function write(value: unknown, itemsPerTurn: number, parts: Buffer[]): Promise<void> {
  if (Array.isArray(value)) return writeList(value, itemsPerTurn, parts)
  if (typeof value !== 'object' || value === null) {
    parts.push(Buffer.from(JSON.stringify(value)))
    return
  }
  let before = '{'
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue
    parts.push(Buffer.from(`${before}${JSON.stringify(name)}:`))
    await write(field, itemsPerTurn, parts)
    before = ','
  }
  parts.push(Buffer.from(before === '{' ? '{}' : '}'))
}

async function writeList(items: readonly unknown[], itemsPerTurn: number, parts: Buffer[]): Promise<void> {
  for (let start = 0; start < items.length; start += itemsPerTurn) {
    const text = JSON.stringify(items.slice(start, start + itemsPerTurn))
    parts.push(Buffer.from(`${start === 0 ? '[' : ','}${text.slice(1, -1)}`))
    await nextTurn()
  }
  parts.push(Buffer.from(items.length === 0 ? '[]' : ']'))
}

function rowsInTurn({ columns }: Matrix): number {
  return Math.max(1, Math.floor(VALUES_PER_TURN / columns))
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
