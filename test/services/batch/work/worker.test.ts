import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../../src/context.ts'
import { AppError } from '../../../../src/errors.ts'
import type { SourceRecord } from '../../../../src/formats/record.ts'
import {
  GROUP_RECORDS,
  groupRecords,
  readAhead,
  type ShardEnd,
  type ShardLimits,
  textSize,
  writtenSize,
} from '../../../../src/services/batch/rows/record-groups.ts'
import {
  findCheckpoint,
  fromMetadata,
  startingAt,
  toMetadata,
} from '../../../../src/services/batch/work/checkpoint.ts'
import type { WritableStore } from '../../../../src/storage/store.ts'
import { createBucket, createTestBatch, readDocument, readOutput } from '../../../support/batch-service.ts'
import { createMemoryStore } from '../../../support/memory-store.ts'

const KEY = 'input/rows.jsonl'

/** A store that fails at the calls whose numbers are drawn, before they are made or after. */
function failAt(store: WritableStore, failures: ReadonlyMap<number, 'before' | 'after'>): WritableStore {
  let calls = 0
  const broken = () => new AppError('upstream_failed', 'The connection broke.')
  const spoil = async <T>(call: () => Promise<T>): Promise<T> => {
    const failure = failures.get(calls++)
    if (failure === 'before') throw broken()
    const result = await call()
    if (failure === 'after') throw broken()
    return result
  }
  return {
    ...store,
    stat: (...parts) => spoil(() => store.stat(...parts)),
    read: (...parts) => spoil(() => store.read(...parts)),
    write: (...parts) => spoil(() => store.write(...parts)),
    remove: (...parts) => spoil(() => store.remove(...parts)),
  }
}

describe('workers', () => {
  it('leave the same output whatever call fails, and however many of them meet', async () => {
    const line = fc.oneof(
      { weight: 4, arbitrary: fc.nat(99).map((number) => JSON.stringify({ text: `text ${number}` })) },
      fc.constantFrom('no json', '{"text":""}'),
    )
    const failure = fc.tuple(fc.nat(60), fc.constantFrom('before' as const, 'after' as const))
    const worker = fc.array(failure, { maxLength: 12 }).map((failures) => new Map(failures))
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 25 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(0.3, 1),
        fc.array(fc.array(worker, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
        async (lines, shardRows, maxErrorShare, rounds) => {
          const settings = { shardRows, maxErrorShare }
          const files = {
            [KEY]: ['{"text":"first"}', ...lines].join('\n'),
            [`${KEY}.job.json`]: JSON.stringify(settings),
          }
          const { store } = createBucket(files)
          const batch = createTestBatch()
          for (const round of rounds) {
            const runs = round.map((failures) =>
              batch.run({ store: failAt(store, failures), key: KEY }, createContext()),
            )
            await Promise.allSettled(runs)
          }
          const { status } = await batch.run({ store, key: KEY }, createContext())
          const calm = createBucket(files).store
          const expectedEnd = await createTestBatch().run({ store: calm, key: KEY }, createContext())
          expect(status).toBe(expectedEnd.status)
          for (const kind of ['part', 'errors'] as const) {
            expect(await readOutput(store, kind)).toEqual(await readOutput(calm, kind))
          }
          const recordOf = (of: typeof store) =>
            readDocument(of, status === 'succeeded' ? '_SUCCESS.json' : '_FAILED.json')
          const [got, expected] = [await recordOf(store), await recordOf(calm)]
          const facts = ({ records, rows, errors, shards, tokens, ...more }: Record<string, unknown>) => [
            ...[records, rows, errors, shards, tokens],
            ...[more.errorsByCode, more.errorsByReason, more.message, more.reached],
          ]
          expect(facts(got!)).toEqual(facts(expected!))
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('the checkpoint', () => {
  it.each([0, 1, 2, 3, 7, 8, 100, 1023])('is found behind %i shards with few questions', async (count) => {
    const store = createMemoryStore()
    for (let number = 0; number < count; number++) {
      const metadata = toMetadata({ ...startingAt(), shards: number + 1 })
      await store.write(`part-${number}`, new Uint8Array(), { metadata })
    }
    store.stats.length = 0
    const found = await findCheckpoint(store, (number) => `part-${number}`, createContext())
    expect(found?.shards).toBe(count === 0 ? undefined : count)
    expect(store.stats.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(count + 1)) + 1)
  })

  it('comes back from metadata as it was, and from nothing else', () => {
    const checkpoint = { ...startingAt(5), shards: 3, codes: { empty_input: 2 } }
    expect(fromMetadata(toMetadata(checkpoint), 'part')).toEqual(checkpoint)
    for (const metadata of [undefined, {}, { checkpoint: '{}' }, { checkpoint: 'x' }]) {
      expect(() => fromMetadata(metadata, 'output/job/part-00000.jsonl')).toThrow(
        /part-00000.jsonl has no checkpoint/,
      )
    }
  })
})

const recordAt = (index: number, bytes: number): SourceRecord => {
  const place = { index, line: index + 1, start: index * 100, end: index * 100 + bytes }
  return { ...place, fields: { text: 'x'.repeat(bytes), other: 1 }, raw: 'raw' }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void> {
  yield* items
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** The groups of each shard put together. */
async function shardsOf(all: readonly SourceRecord[], limits: ShardLimits) {
  const shards: ({ records: SourceRecord[] } & ShardEnd)[] = []
  let records: SourceRecord[] = []
  for await (const group of groupRecords(each(all), limits)) {
    records.push(...group.records)
    if (!group.end) continue
    shards.push({ records, ...group.end })
    records = []
  }
  expect(records).toEqual([])
  return shards
}

describe('groups of records', () => {
  it('hold every record once, and end a shard at its limits, saying where the next one begins', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 300 }),
        async (sizes, records, bytes) => {
          const all = sizes.map((size, index) => recordAt(index, size))
          const shards = await shardsOf(all, { records, bytes, sizeOf: writtenSize })
          expect(shards.flatMap((shard) => shard.records)).toEqual(all)
          shards.forEach(({ records: held, next, last }, index) => {
            expect(last).toBe(index === shards.length - 1)
            expect(held.length).toBeLessThanOrEqual(records)
            const size = held.reduce((sum, record) => sum + writtenSize(record), 0)
            if (held.length > 1) expect(size).toBeLessThanOrEqual(bytes)
            if (!last)
              expect(next).toEqual({ start: next.index * 100, index: next.index, line: next.index + 1 })
          })
        },
      ),
    )
  })

  it('begin in the same places when they begin at one of them', async () => {
    const all = Array.from({ length: 20 }, (_, index) => recordAt(index, 10 + ((index * 7) % 30)))
    const limits = { records: 4, bytes: 70, sizeOf: writtenSize }
    const shards = await shardsOf(all, limits)
    const rest = await shardsOf(all.slice(shards[1]!.next.index), limits)
    expect(rest).toEqual(shards.slice(2))
  })

  it('are small for short records however many a shard takes, and whole shards for long ones', async () => {
    const limits = { records: 2 * GROUP_RECORDS, bytes: 1e9, sizeOf: writtenSize }
    const groupsOf = async (bytes: number) => {
      const all = Array.from({ length: 2.5 * GROUP_RECORDS }, (_, index) => recordAt(index, bytes))
      const groups = await collect(groupRecords(each(all), limits))
      return groups.map(({ records, end }) => [records.length, end?.next.index])
    }
    const last = [GROUP_RECORDS / 2, 2.5 * GROUP_RECORDS]
    expect(await groupsOf(1)).toEqual([[GROUP_RECORDS, undefined], [GROUP_RECORDS, 2 * GROUP_RECORDS], last])
    expect(await groupsOf(300)).toEqual([[2 * GROUP_RECORDS, 2 * GROUP_RECORDS], last])
  })

  it('count the texts of a record that has no bytes of its own', () => {
    expect(textSize(recordAt(0, 10))).toBe(10 + 8)
    expect(textSize({ ...recordAt(0, 10), fields: undefined })).toBe(0)
  })
})

describe('reading ahead', () => {
  it('asks for the next item before it is wanted, and for one only', async () => {
    let asked = 0
    async function* source() {
      for (; asked < 10; ) yield asked++
    }
    const turns = async () => {
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    const items = readAhead(source())
    for (const wanted of [0, 1, 2]) {
      expect((await items.next()).value).toBe(wanted)
      await turns()
      // Those that were wanted, and the next one.
      expect(asked).toBe(wanted + 2)
    }
    await items.return()
    expect(asked).toBe(4)
    expect(await items.next()).toMatchObject({ done: true })
  })

  it('passes on a failure where it belongs', async () => {
    async function* source() {
      yield 1
      throw new Error('broken')
    }
    const items = readAhead(source())
    expect((await items.next()).value).toBe(1)
    await expect(items.next()).rejects.toThrow('broken')
  })
})
