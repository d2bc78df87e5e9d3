import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { LOAD_SOURCES } from '../../src/metrics.ts'
import type { ScoreResult } from '../../src/models/engine/engine.ts'
import { measured } from '../../src/services/measure.ts'

const warm: ScoreResult = {
  scores: new Float32Array(2),
  unknownQuery: false,
  unknown: new Uint8Array(2),
  tokens: 20,
  truncated: 1,
  tokenizeMs: 1,
  inferenceMs: 4,
  coldStart: false,
  loadMs: 0,
  loadBytes: 0,
  evictions: 0,
}

async function measure(...results: (ScoreResult | Error)[]) {
  const context = createContext()
  for (const result of results) {
    const run = async () => {
      if (result instanceof Error) throw result
      return result
    }
    await measured(context, 'small', 2, run).catch(() => {})
  }
  const values: Record<string, number> = Object.fromEntries(
    [...context.metrics.entries()].flatMap(([, entries]) => [...entries]),
  )
  expect(values.Latency).toBeGreaterThanOrEqual(0)
  delete values.Latency
  return values
}

test('a warm job measures what went through it and where its time went', async () => {
  expect(await measure({ ...warm, queueMs: 3 })).toEqual({
    Requests: 1,
    InputTexts: 2,
    InputTokens: 20,
    TruncatedTexts: 1,
    QueueTime: 3,
    TokenizeTime: 1,
    InferenceTime: 4,
    ColdStart: 0,
    SessionHits: 1,
    SessionEvictions: 0,
  })
})

test.each(LOAD_SOURCES)('a cold job measures its load under the source %s', async (loadedFrom) => {
  const cold = {
    ...warm,
    coldStart: true,
    loadMs: 50,
    loadBytes: 100,
    memoryBytes: 200,
    evictions: 2,
    loadedFrom,
  }
  const values = await measure(cold)
  expect(values).toMatchObject({
    ColdStart: 1,
    SessionHits: 0,
    SessionEvictions: 2,
    LoadTime: 50,
    [`LoadTime/${loadedFrom}`]: 50,
    LoadBytes: 100,
    ModelMemory: 200,
  })
  const { DiskCacheHits = 0, DiskCacheMisses = 0 } = values
  expect([DiskCacheHits, DiskCacheMisses]).toEqual(
    { disk: [0, 0], cache: [1, 0], s3: [0, 1], web: [0, 1], hub: [0, 1] }[loadedFrom],
  )
})

test('failures are counted by their codes, those of no code as internal', async () => {
  const values = await measure(new AppError('overloaded', 'Busy.'), new Error('broken'), warm)
  expect(values).toMatchObject({
    Requests: 3,
    Errors: 2,
    'Errors/overloaded': 1,
    'Errors/internal': 1,
    InputTokens: 20,
  })
})
