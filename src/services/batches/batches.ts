import { AppError, invalid, toAppError } from '../../errors.ts'
import type { SettingsParts } from '../batch/plan/identify.ts'
import type { BatchThread } from './batch-thread.ts'
import { type Draft, type FileShelf, openFileShelf, type StoredFile } from './file-shelf.ts'
import { newId } from './ids.ts'
import { takeFolder } from './owner.ts'
import { type BatchRecord, type BatchRecords, hasEnded, openBatchRecords, sinceWhen } from './records.ts'
import { checkSettings, type Endpoint, sourceOf } from './requests.ts'
import { createRunner, type Runner } from './runner.ts'
import type { Preview } from './shapes.ts'
import { createSpace } from './space.ts'

/** What a caller asks for. */
interface BatchRequest {
  readonly inputFileId: string
  readonly endpoint: Endpoint
  readonly completionWindow: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly metadata: Readonly<Record<string, string>> | null
}

/** What files and batches may take. */
interface BatchLimits {
  /** Of all files and output together. */
  readonly filesBytes: number
  /** Of one upload. */
  readonly fileBytes: number
  /** After which files and ended batches are taken away. */
  readonly filesDays: number
}

/** What the service is made of. */
interface BatchesParts extends SettingsParts {
  readonly folder: string
  readonly limits: BatchLimits
  readonly thread: BatchThread
  readonly hasCollections: boolean
  /** Seconds since 1970. */
  readonly now?: () => number
  /** Told of what goes wrong with a batch beside its file and settings. */
  readonly onError?: (error: AppError, batch: string) => void
}

/** Files and batches of one server, on its disk. */
export interface Batches {
  /** @throws AppError `payload_too_large` when the bytes do not fit */
  receive(chunks: AsyncIterable<Uint8Array>): Promise<Draft>
  /** @param lifeSeconds after which the file expires; the setting's days when absent */
  keep(draft: Draft, filename: string, lifeSeconds?: number): Promise<StoredFile>
  drop(draft: Draft): Promise<void>
  file(id: string): StoredFile | undefined
  /** Oldest first. */
  files(): readonly StoredFile[]
  read(file: StoredFile): ReadableStream<Uint8Array>
  /** @throws AppError `invalid_request` while a batch reads it */
  removeFile(file: StoredFile): Promise<void>
  preview(file: StoredFile, endpoint: Endpoint, settings: BatchRequest['settings']): Promise<Preview>
  /** @throws AppError `invalid_request` that names the field, `overloaded` when too many wait */
  create(request: BatchRequest, file: StoredFile): Promise<BatchRecord>
  batch(id: string): BatchRecord | undefined
  /** Oldest first. */
  batches(): readonly BatchRecord[]
  /** Batches that are worked on before this one. */
  waiting(batch: BatchRecord): number
  /** @throws AppError `invalid_request` when the batch has ended */
  cancel(batch: BatchRecord): Promise<BatchRecord>
  /** Stops work, which the next start goes on with. */
  close(): Promise<void>
}

const SECONDS_A_DAY = 86_400
/** Of OpenAI's only completion window, 24h. */
const WINDOW_SECONDS = SECONDS_A_DAY
const MOST_UNENDED = 100
const MOST_BATCHES = 10_000
/** Between two looks at what has expired. */
const SWEEP_MS = 60_000

/**
 * Opens the folder and goes on with what a stopped or killed process left.
 *
 * @throws AppError `upstream_failed` when another process has the folder
 */
export async function openBatches(parts: BatchesParts): Promise<Batches> {
  const { folder, limits, thread, now = () => Math.floor(Date.now() / 1000) } = parts
  await takeFolder(folder)
  const space = createSpace(limits.filesBytes)
  const shelf = await openFileShelf(folder, space)
  const records = await openBatchRecords(folder)
  const lifeSeconds = limits.filesDays * SECONDS_A_DAY
  const runner = createRunner({ ...parts, records, shelf, space, thread, now, lifeSeconds })
  const clear = () =>
    sweep({ shelf, records, now: now(), lifeSeconds }).catch((error) =>
      parts.onError?.(toAppError(error), ''),
    )
  await clear()
  const timer = setInterval(clear, SWEEP_MS).unref()
  runner.wake()
  return {
    receive: (chunks) => shelf.receive(chunks, limits.fileBytes),
    keep: (draft, filename, life = lifeSeconds) =>
      shelf.keep(draft, { filename, createdAt: now(), expiresAt: now() + life }),
    drop: shelf.drop,
    file: shelf.get,
    files: shelf.list,
    read: shelf.read,
    async removeFile(file) {
      refuseUsed(file, records)
      await shelf.remove(file.id)
    },
    preview: async (file, endpoint, settings) =>
      thread.preview(sourceOf(folder, file, await checkSettings(settings, endpoint, file, parts))),
    create: (request, file) => createBatch(request, file, { parts, records, runner, now }),
    batch: records.get,
    batches: records.list,
    waiting({ id }) {
      const unended = records.list().filter((batch) => !hasEnded(batch))
      return Math.max(
        0,
        unended.findIndex((batch) => batch.id === id),
      )
    },
    cancel: (batch) => runner.cancel(batch),
    async close() {
      clearInterval(timer)
      await runner.close()
      await thread.close()
    },
  }
}

interface Creation {
  readonly parts: BatchesParts
  readonly records: BatchRecords
  readonly runner: Runner
  readonly now: () => number
}

async function createBatch(
  { inputFileId, endpoint, completionWindow, settings, metadata }: BatchRequest,
  file: StoredFile,
  { parts, records, runner, now }: Creation,
): Promise<BatchRecord> {
  const checked = await checkSettings(settings, endpoint, file, parts)
  refuseTooMany(records)
  const createdAt = now()
  const batch: BatchRecord = {
    id: newId('batch_'),
    createdAt,
    expiresAt: createdAt + WINDOW_SECONDS,
    endpoint,
    completionWindow,
    inputFileId,
    settings: checked,
    metadata,
    status: 'validating',
    since: {},
    outputFileId: newId('file-'),
    errorFileId: newId('file-'),
    hasOutput: false,
    hasErrors: false,
    counts: { completed: 0, failed: 0, tokens: 0, truncated: 0, unknown: 0 },
    problems: [],
    warnings: [],
    reasons: [],
  }
  await records.put(batch)
  runner.wake()
  return batch
}

function refuseTooMany(records: BatchRecords): void {
  const batches = records.list()
  const unended = batches.filter((batch) => !hasEnded(batch)).length
  if (unended < MOST_UNENDED && batches.length < MOST_BATCHES) return
  throw new AppError(
    'overloaded',
    `There are ${unended} batches that have not ended, and ${batches.length} in all; expected fewer than ${MOST_UNENDED} and ${MOST_BATCHES}; wait for some, or cancel them.`,
    { details: { retryAfterSeconds: 60 } },
  )
}

function refuseUsed({ id }: StoredFile, records: BatchRecords): void {
  const user = records.list().find((batch) => batch.inputFileId === id && !hasEnded(batch))
  if (!user) return
  throw invalid(
    'file_id',
    `The file ${id} is the input of batch ${user.id}, which is ${user.status}; cancel the batch first, or wait for its end.`,
  )
}

/** Takes away what has expired: files, and ended batches whose files are gone. */
async function sweep({
  shelf,
  records,
  now,
  lifeSeconds,
}: {
  readonly shelf: FileShelf
  readonly records: BatchRecords
  readonly now: number
  readonly lifeSeconds: number
}): Promise<void> {
  const batches = records.list()
  const used = new Set(batches.filter((batch) => !hasEnded(batch)).map(({ inputFileId }) => inputFileId))
  for (const { id, expiresAt } of shelf.list()) {
    if (expiresAt <= now && !used.has(id)) await shelf.remove(id)
  }
  for (const batch of batches) {
    const isOld = hasEnded(batch) && sinceWhen(batch) + lifeSeconds <= now
    if (isOld && !shelf.get(batch.outputFileId) && !shelf.get(batch.errorFileId))
      await records.remove(batch.id)
  }
}
