import type { Engine, EngineJob, ScoreJob } from '../../src/models/engine/engine.ts'
import { createMatrix } from '../../src/vector/matrix.ts'

/** No emoji is known. */
const isUnknown = (input: unknown) => (/^[\p{Extended_Pictographic}\s]+$/u.test(String(input)) ? 1 : 0)

/**
 * An engine without a model, to see what reaches it: the vector of an input has the input's length at
 * its first place and 1 at its second, and the score of a text is its length beyond the query's.
 */
export function createRecordingEngine(): Engine & {
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
      job.inputs.forEach((input, row) => {
        vectors.data.set([input.length, 1], row * vectors.columns)
      })
      const inputTokens = Uint32Array.from(job.inputs, (input) => input.length)
      const tokens = inputTokens.reduce((sum, count) => sum + count, 0)
      const coldStart = jobs.length === 1
      const loading = { coldStart, loadMs: coldStart ? 5 : 0, loadBytes: coldStart ? 100 : 0, evictions: 0 }
      const unknown = Uint8Array.from(job.inputs, isUnknown)
      return {
        vectors,
        tokens,
        inputTokens,
        unknown,
        cut: new Uint8Array(job.inputs.length),
        truncated: 0,
        tokenizeMs: 1,
        inferenceMs: 2,
        ...loading,
      }
    },
    async score(job) {
      scoreJobs.push(job)
      const scores = Float32Array.from(job.texts, (text) => text.length - job.query.length)
      const loading = { coldStart: false, loadMs: 0, loadBytes: 0, evictions: 0 }
      const unknown = Uint8Array.from(job.texts, isUnknown)
      const unknownQuery = isUnknown(job.query) === 1
      return {
        scores,
        unknown,
        unknownQuery,
        tokens: 1,
        truncated: 0,
        tokenizeMs: 1,
        inferenceMs: 2,
        ...loading,
      }
    },
    tokenize: async ({ texts }) =>
      new TextEncoder().encode(
        JSON.stringify(
          texts.map((text) => [{ id: 1, text, special: false, start: 0, stop: Buffer.byteLength(text) }]),
        ),
      ),
    preload: async () => {},
    usage: () => [
      {
        model: 'small',
        loaded: true,
        memoryBytes: 100,
        loads: 1,
        evictions: 0,
        lastUsedAt: 1_700_000_000_000,
        runs: { inputs: 3, bySize: [1, 1] },
      },
    ],
    close: async () => {},
  }
}
