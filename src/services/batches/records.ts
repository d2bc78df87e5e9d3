import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HIDDEN, writeWhole } from '../../storage/local-writes.ts'
import type { BatchCounts, BatchProblem, FoundInput, RowReason } from './shapes.ts'

/** The states of OpenAI's batches. */
export type BatchStatus =
  | 'validating'
  | 'in_progress'
  | 'finalizing'
  | 'completed'
  | 'failed'
  | 'expired'
  | 'cancelling'
  | 'cancelled'

/** States that a batch does not leave. */
const ENDED: ReadonlySet<BatchStatus> = new Set(['completed', 'failed', 'expired', 'cancelled'])

/** One batch, as it is kept on the disk; times are seconds since 1970. */
export interface BatchRecord {
  readonly id: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly endpoint: string
  readonly completionWindow: string
  readonly inputFileId: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly metadata: Readonly<Record<string, string>> | null
  readonly status: BatchStatus
  /** When each state began. */
  readonly since: Readonly<Partial<Record<BatchStatus, number>>>
  /** Ids that were chosen at the beginning, so that an end that is written twice makes the same files. */
  readonly outputFileId: string
  readonly errorFileId: string
  readonly hasOutput: boolean
  readonly hasErrors: boolean
  /** Records of the file, once they were counted. */
  readonly total?: number
  readonly counts: BatchCounts
  readonly found?: FoundInput
  readonly problems: readonly BatchProblem[]
  readonly warnings: readonly string[]
  readonly reasons: readonly RowReason[]
}

/** Whether nothing more happens to a batch. */
export function hasEnded({ status }: Pick<BatchRecord, 'status'>): boolean {
  return ENDED.has(status)
}

/** When it came into its present state. */
export function sinceWhen({ since, status, createdAt }: BatchRecord): number {
  return since[status] ?? createdAt
}

/** The batches of one folder, each in a folder of its own. */
export interface BatchRecords {
  /** Oldest first. */
  list(): readonly BatchRecord[]
  get(id: string): BatchRecord | undefined
  /** Flushes a batch to the disk, and is the truth from then on. */
  put(batch: BatchRecord): Promise<void>
  /** Keeps counts that need not survive: the shards on the disk know them. */
  note(batch: BatchRecord): void
  /** Takes a batch away with all that lies in its folder. */
  remove(id: string): Promise<void>
  folderOf(id: string): string
  /** Takes away what lies beside the shards of a batch that has ended: their checkpoints. */
  tidy(id: string): Promise<void>
  /** Bytes of all shards in a batch's folder. */
  writtenBytes(id: string): Promise<number>
}

/** Opens the batches below `folder`. */
export async function openBatchRecords(folder: string): Promise<BatchRecords> {
  const folderOf = (id: string) => join(folder, 'batches', id)
  const pathOf = (id: string) => join(folderOf(id), 'batch.json')
  const batches = await readBatches(join(folder, 'batches'), pathOf)
  return {
    list: () => [...batches.values()],
    get: (id) => batches.get(id),
    async put(batch) {
      batches.set(batch.id, batch)
      await writeWhole(pathOf(batch.id), Buffer.from(JSON.stringify(batch)))
    },
    note: (batch) => void batches.set(batch.id, batch),
    async remove(id) {
      batches.delete(id)
      await rm(folderOf(id), { recursive: true, force: true })
    },
    folderOf,
    async tidy(id) {
      const hidden = await filesBelow(folderOf(id), (name) => name.startsWith(HIDDEN))
      for (const path of hidden) await rm(path, { force: true })
    },
    async writtenBytes(id) {
      const shards = await filesBelow(folderOf(id), (name) => /^(part|errors)-/.test(name))
      const stats = await Promise.all(shards.map((path) => stat(path)))
      return stats.reduce((sum, { size }) => sum + size, 0)
    },
  }
}

async function filesBelow(folder: string, wanted: (name: string) => boolean): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && wanted(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
}

async function readBatches(
  folder: string,
  pathOf: (id: string) => string,
): Promise<Map<string, BatchRecord>> {
  await mkdir(folder, { recursive: true })
  const batches: BatchRecord[] = []
  for (const id of await readdir(folder)) {
    const text = await readFile(pathOf(id), 'utf8').catch(() => undefined)
    // A process that was killed before it had written the record had answered nobody.
    if (text === undefined) await rm(join(folder, id), { recursive: true, force: true })
    else batches.push(JSON.parse(text) as BatchRecord)
  }
  batches.sort((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1))
  return new Map(batches.map((batch) => [batch.id, batch]))
}
