import { createContext } from '../../src/context.ts'
import { createRecordReader } from '../../src/formats/open-records.ts'
import type { EngineJob } from '../../src/models/engine/engine.ts'
import {
  type BatchOutcome,
  type BatchServiceParts,
  createBatchService,
} from '../../src/services/batch/batch.ts'
import { createBucket, readDocument, readOutput, testBatchParts } from './batch-service.ts'
import { createWordEngine } from './word-engine.ts'

/** The parts of a batch service that reads files as the program does. */
function readingParts(engine = createWordEngine()): BatchServiceParts {
  return {
    ...testBatchParts(engine),
    openReader: async (store, { key, bytes, input }) =>
      createRecordReader(input, { bytes, read: (start, end) => store.read(key, { start, end }) }),
  }
}

/** What a job made of a file. */
interface RunOfFile {
  readonly outcome: BatchOutcome
  /** The texts that were embedded, in order. */
  readonly texts: readonly string[]
  readonly rows: readonly Record<string, unknown>[]
  /** Line and message of each error row. */
  readonly errors: readonly string[]
  readonly success: Record<string, unknown> | undefined
  /** The sentence in `_FAILED.json`. */
  readonly failure: string | undefined
}

/** Runs a job over a file of this name and these bytes. */
export async function runFile(
  name: string,
  bytes: string | Uint8Array,
  settings: object = {},
): Promise<RunOfFile> {
  const key = `input/${name}`
  const { store } = createBucket({ [`${key}.job.json`]: JSON.stringify({ maxErrorShare: 1, ...settings }) })
  await store.write(key, Buffer.from(bytes as Uint8Array))
  const engine = createWordEngine()
  const outcome = await createBatchService(readingParts(engine)).run({ store, key }, createContext())
  const errors = await readOutput(store, 'errors')
  const failure = await readDocument(store, '_FAILED.json')
  return {
    outcome,
    texts: textsOf(engine.jobs),
    rows: await readOutput(store, 'part'),
    errors: errors.flatMap(({ line, message }) => (message === undefined ? [] : [`${line}: ${message}`])),
    success: await readDocument(store, '_SUCCESS.json'),
    failure: failure && String(failure.message),
  }
}

function textsOf(jobs: readonly EngineJob[]): string[] {
  return jobs.flatMap(({ inputs }) => inputs.map(String))
}
