import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import type { AppError } from '../../src/errors.ts'
import type { BatchThread } from '../../src/services/batches/batch-thread.ts'
import { openBatches } from '../../src/services/batches/batches.ts'
import type { BatchRecord } from '../../src/services/batches/records.ts'
import type { BatchEnd, BatchTask } from '../../src/services/batches/shapes.ts'
import { smallCatalog } from './batch-service.ts'
import { eventually } from './eventually.ts'

/** What a batch has done in the end. */
export const COUNTS = { completed: 2, failed: 1, tokens: 6, truncated: 0, unknown: 0 }
const EMPTY = { keys: [], bytes: 0 }
const DONE: BatchEnd = {
  status: 'completed',
  counts: COUNTS,
  output: EMPTY,
  errors: EMPTY,
  problems: [],
  warnings: [],
  reasons: [],
}

/** One piece of work that a thread was given, to be ended by the test. */
interface Given {
  readonly task: BatchTask
  readonly events: Parameters<BatchThread['run']>[1]
  readonly signal: AbortSignal
  end(end: Partial<BatchEnd>): void
  fail(error: AppError): void
}

/** A thread that does nothing but to note what it is given; told to stop, it ends with what it has. */
function createIdleThread() {
  const given: Given[] = []
  const thread: BatchThread = {
    preview: async () => ({
      problem: null,
      found: {},
      columns: [],
      firstRows: [],
      rowsSeen: 0,
      whole: true,
      warnings: [],
    }),
    run: (task, events, signal) =>
      new Promise((resolve, reject) => {
        const end = (ended: Partial<BatchEnd>) => resolve({ ...DONE, ...ended })
        given.push({ task, events, signal, end, fail: reject })
        const stopped = () => end({ status: 'stopped', output: written(task, 'part-00000.jsonl', 'half\n') })
        if (signal.aborted) stopped()
        signal.addEventListener('abort', stopped)
      }),
    close: async () => {},
  }
  return { thread, given }
}

/** Writes a shard as the thread would. */
export function written({ folder }: BatchTask, name: string, content: string) {
  const key = `output/job/${name}`
  mkdirSync(dirname(join(folder, key)), { recursive: true })
  writeFileSync(join(folder, key), content)
  return { keys: [key], bytes: content.length }
}

/** The service over a folder, with a thread that the test ends. */
export async function openTestBatches(
  folder: string,
  more: { filesBytes?: number; now?: () => number } = {},
) {
  const { thread, given } = createIdleThread()
  const errors: string[] = []
  const batches = await openBatches({
    catalog: smallCatalog,
    defaultModel: 'small',
    folder,
    limits: { filesBytes: more.filesBytes ?? 1e6, fileBytes: 1e5, filesDays: 30 },
    thread,
    hasCollections: false,
    onError: ({ code }, batch) => void errors.push(`${batch.slice(0, 6)} ${code}`),
    ...(more.now && { now: more.now }),
  })
  const upload = async (content = 'text\ndata\n', life?: number) =>
    batches.keep(await batches.receive(chunksOf(content)), 'rows.csv', life)
  const begin = async (settings: object = {}) => {
    const file = await upload()
    const request = {
      inputFileId: file.id,
      endpoint: '/v1/embeddings',
      completionWindow: '24h',
      metadata: null,
    } as const
    return batches.create({ ...request, settings: { ...settings } }, file)
  }
  const statusOf = ({ id }: BatchRecord) => batches.batch(id)?.status
  /** The piece of work with this number, once the thread has it. */
  const at = async (number: number): Promise<Given> => {
    await eventually(() => expect(given.length).toBeGreaterThan(number))
    return given[number]!
  }
  return { batches, given, at, errors, upload, begin, statusOf }
}

/** A file that comes in one piece. */
export async function* chunksOf(content: string) {
  yield Buffer.from(content)
}
