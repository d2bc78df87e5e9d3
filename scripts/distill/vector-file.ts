import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { createContext } from '../../src/context.ts'
import { type Manifest, vectorRevision } from '../../src/models/catalog/manifest.ts'
import type { Engine } from '../../src/models/engine/engine.ts'
import { createMatrix, type Matrix } from '../../src/vector/matrix.ts'

/** Unit vectors of texts in a file, so that memory holds a part of them at a time. */
export interface VectorFile {
  readonly rows: number
  readonly columns: number
  /** By text: 0 read whole, {@link CUT}, or {@link UNKNOWN}, whose vector says nothing. */
  readonly states: Uint8Array
  /** Rows from `start` to before `end`. */
  read(start: number, end: number): Matrix
  close(): void
}

/** The teacher did not read the end of the text. */
export const CUT = 1
/** The teacher knows no token of the text. */
export const UNKNOWN = 2

/** Texts at a time: a stop loses the work of so many at most. */
const CHUNK = 256

/** Which model makes the vectors, and where they are kept. */
export interface VectorSource {
  readonly engine: Pick<Engine, 'embed'>
  readonly manifest: Manifest
  /** Prompt to put before the texts, for models that have some. */
  readonly role: string | undefined
  /** The folder of the files, made when it is missing. */
  readonly cache: string
  /** Ends the work after the texts that are in it. */
  readonly signal: AbortSignal
}

/** Somebody stopped the work before there was anything to keep but vectors. */
export class StoppedError extends Error {}

/**
 * The unit vectors of texts by a model, computed once: the file is named after model, revision, role and texts. What an
 * earlier run left is gone on with. int8 vectors move a little with the texts that they are computed beside, so the
 * texts always come in the same chunks.
 *
 * @param onProgress told how many texts are done
 * @throws StoppedError when `signal` ends it
 */
export async function teachVectors(
  texts: readonly string[],
  source: VectorSource,
  onProgress: (done: number) => void,
): Promise<VectorFile> {
  const { manifest, role = '', cache } = source
  mkdirSync(cache, { recursive: true })
  const facts = [manifest.id, vectorRevision(manifest), manifest.precision, role, texts]
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32)
  const path = join(cache, `${manifest.id}-${hash}.vectors`)
  if (!existsSync(path)) await compute(texts, `${path}.part`, source, onProgress)
  if (!existsSync(path)) renameSync(`${path}.part`, path)
  onProgress(texts.length)
  return openVectors(path, texts.length, manifest.dimensions)
}

async function compute(
  texts: readonly string[],
  path: string,
  { engine, manifest, role, signal }: VectorSource,
  onProgress: (done: number) => void,
): Promise<void> {
  const width = manifest.dimensions + 1
  const file = openSync(path, existsSync(path) ? 'r+' : 'w+')
  try {
    const chunks = Math.floor(fstatSync(file).size / (4 * width * CHUNK))
    ftruncateSync(file, 4 * width * CHUNK * chunks)
    for (let start = chunks * CHUNK; start < texts.length; start += CHUNK) {
      if (signal.aborted) throw new StoppedError()
      onProgress(start)
      const inputs = texts.slice(start, start + CHUNK)
      const job = { model: manifest.id, inputs, options: { normalize: true, role } }
      const { vectors, cut, unknown } = await engine.embed(job, createContext({ requestId: 'distill' }))
      const rows = new Float32Array(width * inputs.length)
      for (let row = 0; row < inputs.length; row++) {
        if (!unknown[row]) rows.set(rowAt(vectors, row), row * width)
        rows[(row + 1) * width - 1] = unknown[row] ? UNKNOWN : cut[row] ? CUT : 0
      }
      writeSync(file, new Uint8Array(rows.buffer), 0, 4 * rows.length, 4 * width * start)
    }
  } finally {
    closeSync(file)
  }
}

function rowAt({ data, columns }: Matrix, row: number): Float32Array {
  return data.subarray(row * columns, (row + 1) * columns)
}

function openVectors(path: string, rows: number, columns: number): VectorFile {
  const width = columns + 1
  const file = openSync(path, 'r')
  const { size } = fstatSync(file)
  if (size !== 4 * width * rows) {
    closeSync(file)
    throw new Error(
      `${path} has ${size} bytes; expected ${4 * width * rows} for ${rows} vectors; delete it to have them computed again.`,
    )
  }
  const readRows = (start: number, end: number) => {
    const numbers = new Float32Array(width * (end - start))
    readSync(file, new Uint8Array(numbers.buffer), 0, 4 * numbers.length, 4 * width * start)
    return numbers
  }
  const states = new Uint8Array(rows)
  for (let start = 0; start < rows; start += CHUNK) {
    const end = Math.min(rows, start + CHUNK)
    const numbers = readRows(start, end)
    for (let row = start; row < end; row++) states[row] = numbers[(row - start + 1) * width - 1]!
  }
  return {
    rows,
    columns,
    states,
    read(start, end) {
      const numbers = readRows(start, end)
      const matrix = createMatrix(end - start, columns)
      for (let row = 0; row < matrix.rows; row++) {
        matrix.data.set(numbers.subarray(row * width, row * width + columns), row * columns)
      }
      return matrix
    },
    close: () => closeSync(file),
  }
}
