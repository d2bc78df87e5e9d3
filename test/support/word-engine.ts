import { AppError } from '../../src/errors.ts'
import type { Engine, EngineJob, ScoreJob } from '../../src/models/engine/engine.ts'
import { createMatrix, rowOf } from '../../src/vector/matrix.ts'
import { normalizeRows } from '../../src/vector/normalize.ts'

const MEASUREMENTS = {
  tokenizeMs: 0,
  inferenceMs: 0,
  coldStart: false,
  loadMs: 0,
  loadBytes: 0,
  evictions: 0,
}

/**
 * An engine that compares texts by their words: each word (or Chinese character) is a fixed direction of its own,
 * which depends on the model's name, and a text is their sum. As a
 * reranker it gives 1 for each word of the query less half for every word. It counts what it is asked.
 *
 * @param mostWords of a text; the others are cut off, or refused with `truncate: false`
 */
export function createWordEngine(mostWords = Number.POSITIVE_INFINITY): Engine & {
  readonly jobs: EngineJob[]
  readonly scoreJobs: ScoreJob[]
} {
  const jobs: EngineJob[] = []
  const scoreJobs: ScoreJob[] = []
  return {
    jobs,
    scoreJobs,
    async embed(job) {
      jobs.push(job)
      const vectors = createMatrix(job.inputs.length, job.options.dimensions!)
      const inputTokens = new Uint32Array(job.inputs.length)
      const unknown = Uint8Array.from(job.inputs, (input) => (wordsOf(String(input)).length === 0 ? 1 : 0))
      const cut = new Uint8Array(job.inputs.length)
      job.inputs.forEach((input, row) => {
        const words = wordsOf(String(input))
        if (words.length > mostWords) refuseOrMark(job, row, cut)
        for (const word of words.slice(0, mostWords)) {
          addDirection(rowOf(vectors, row), `${job.model}/${word}`)
          inputTokens[row]! += 1
        }
      })
      normalizeRows(vectors)
      const tokens = inputTokens.reduce((sum, count) => sum + count, 0)
      const truncated = cut.reduce((sum, mark) => sum + mark, 0)
      return { vectors, tokens, inputTokens, unknown, cut, truncated, ...MEASUREMENTS }
    },
    async score(job) {
      scoreJobs.push(job)
      const wanted = new Set(wordsOf(job.query))
      const scores = Float32Array.from(job.texts, (text) => {
        const words = wordsOf(text)
        return words.filter((word) => wanted.has(word)).length - words.length / 2
      })
      const unknown = Uint8Array.from(job.texts, (text) => (wordsOf(text).length === 0 ? 1 : 0))
      const counts = { tokens: job.texts.length, truncated: 0 }
      return { scores, unknown, unknownQuery: wanted.size === 0, ...counts, ...MEASUREMENTS }
    },
    tokenize: async ({ texts }) =>
      new TextEncoder().encode(
        JSON.stringify(
          texts.map((text) => [{ id: 1, text, special: false, start: 0, stop: Buffer.byteLength(text) }]),
        ),
      ),
    preload: async () => {},
    usage: () => [],
    close: async () => {},
  }
}

function refuseOrMark({ options }: EngineJob, row: number, cut: Uint8Array): void {
  if (options.truncate === false)
    throw new AppError('input_too_long', `input[${row}]: The text has too many words.`, {
      details: { field: `input[${row}]` },
    })
  cut[row] = 1
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\p{Script=Han}|[\p{L}\p{N}+#]+/gu) ?? []
}

/** Adds a direction of -1 and 1, drawn by a linear congruential generator from the word. */
function addDirection(row: Float32Array, word: string): void {
  let state = 17
  for (let index = 0; index < word.length; index++)
    state = (Math.imul(state, 31) + word.charCodeAt(index)) | 0
  for (let column = 0; column < row.length; column++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    row[column]! += state < 0 ? -1 : 1
  }
}
