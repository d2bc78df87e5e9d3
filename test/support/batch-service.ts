import { text } from 'node:stream/consumers'
import { AppError } from '../../src/errors.ts'
import { createOpenAiLines } from '../../src/http/openai-batch.ts'
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import type { Engine } from '../../src/models/engine/engine.ts'
import {
  type BatchService,
  type BatchServiceParts,
  createBatchService,
} from '../../src/services/batch/batch.ts'
import { createJsonFormat } from '../../src/services/batch/formats/json-format.ts'
import { decideInput } from '../../src/services/batch/plan/input-plan.ts'
import { type JobPlan, planJob } from '../../src/services/batch/plan/plan.ts'
import { createEmbedService } from '../../src/services/embed.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { createJsonLinesReader } from './json-lines.ts'
import { manifestOf } from './manifests.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.ts'
import { withTags } from './tagged-store.ts'
import { createWordEngine } from './word-engine.ts'

/** The manifests of the tests' own models. */
export const smallCatalog = createCatalog([
  manifestOf({ id: 'small', aliases: ['tiny'], dimensions: 4, matryoshka: [2] }),
  manifestOf({ id: 'other', dimensions: 8 }),
])

/** What a batch service over JSON lines is made of, with an engine that knows words only. */
export function testBatchParts(engine: Engine = createWordEngine(), mostAttempts = 3): BatchServiceParts {
  const catalog = smallCatalog
  const embed = createEmbedService({ catalog, engine, defaultModel: 'small' })
  return {
    catalog,
    defaultModel: 'small',
    embed,
    openAi: createOpenAiLines(embed),
    openReader: async (store, { key }) => createJsonLinesReader(store, key),
    openFormat: async (_, plan) => createJsonFormat(plan),
    price: { memoryMegabytes: 1024, usdPerGigabyteSecond: 0.00001 },
    mostAttempts,
  }
}

/** The plan of a job over JSON lines, the first of which have these columns. */
export function planOfRows(
  settings: object = {},
  rows: readonly Readonly<Record<string, unknown>>[] = [{ text: 'a' }],
): JobPlan {
  const { hints, wishes, ...draft } = planJob(
    { key: 'input/a.jsonl', bytes: 1, etag: 'e' },
    { catalog: smallCatalog, defaultModel: 'small', sidecar: JSON.stringify(settings) },
  )
  const records = rows.map((fields, index) => ({ index, line: index + 1, start: 0, end: 1, fields, raw: '' }))
  const names = [...new Set(rows.flatMap((fields) => Object.keys(fields)))]
  const layout = { format: 'jsonl', compression: 'none', charset: 'utf-8', columns: names } as const
  return { ...draft, ...decideInput({ layout, names, records, whole: true }, wishes) }
}

/** A batch service of {@link testBatchParts}. */
export function createTestBatch(engine?: Engine, mostAttempts?: number): BatchService {
  return createBatchService(testBatchParts(engine, mostAttempts))
}

/** A store with these objects, as S3 would have them. */
export function createBucket(objects: Readonly<Record<string, string | Uint8Array>> = {}): {
  readonly store: WritableStore
  readonly memory: MemoryStore
} {
  const bytes = Object.entries(objects).map(
    ([key, body]) => [key, typeof body === 'string' ? Buffer.from(body) : body] as const,
  )
  const memory = createMemoryStore(Object.fromEntries(bytes))
  return { store: withTags(memory), memory }
}

/** JSON lines with `count` rows of text, numbered from 0. */
export function rowsOfText(count: number): string {
  return Array.from({ length: count }, (_, id) => `${JSON.stringify({ id, text: `text ${id}` })}\n`).join('')
}

/** The rows of all shards or error files of a store, in the order of their names. */
export async function readOutput(
  store: WritableStore,
  kind: 'part' | 'errors',
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  for await (const key of store.list('output/')) {
    if (!key.includes(`/${kind}-`)) continue
    const lines = (await text(await store.read(key))).split('\n').slice(0, -1)
    rows.push(...lines.map((line) => JSON.parse(line)))
  }
  return rows
}

/** One of a job's JSON documents, such as `_SUCCESS.json`. */
export async function readDocument(
  store: WritableStore,
  name: string,
): Promise<Record<string, unknown> | undefined> {
  for await (const key of store.list('output/')) {
    if (key.endsWith(`/${name}`)) return JSON.parse(await text(await store.read(key)))
  }
  return undefined
}

/** A store that breaks when `shards` shards have been written. */
export function stopAfter(store: WritableStore, shards: number): WritableStore {
  let left = shards
  return {
    ...store,
    async write(key, ...rest) {
      if (key.includes('/part-') && left-- === 0)
        throw new AppError('upstream_failed', 'The connection broke.')
      return store.write(key, ...rest)
    },
  }
}
