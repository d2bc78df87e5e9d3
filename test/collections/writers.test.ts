import { describe, expect, it, onTestFinished } from 'vitest'
import { createCollections } from '../../src/collections/collections.ts'
import { compactCollection, rollBack } from '../../src/collections/compact.ts'
import { GRACE_MS } from '../../src/collections/files.ts'
import { filesOf, keyOf, versionKey } from '../../src/collections/manifest.ts'
import { findDamage, readLatest } from '../../src/collections/versions.ts'
import { addRows, buildCollection, removeRows } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { manifestOf } from '../support/manifests.ts'
import { createMemoryStore, type MemoryStore } from '../support/memory-store.ts'

const DIMENSIONS = 8
const settings = { model: collectionModel(DIMENSIONS), segmentRows: 8 }
const model = manifestOf({ id: 'small', dimensions: DIMENSIONS })
const row = (id: number) => ({ id: `${id}`, fields: {}, vector: unitVector(DIMENSIONS, id) })
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => row(from + index))
const build = (store: WritableStore, count: number) =>
  buildCollection(store, 'jobs', rowsOf(range(0, count)), settings)

/** Every row that the newest version has. */
async function idsIn(store: WritableStore): Promise<string[]> {
  const collections = createCollections({ store, budgetBytes: 1e9, threads: 1, freshMs: 0 })
  onTestFinished(() => collections.close())
  const query = { name: 'jobs', model, queries: [unitVector(DIMENSIONS, 0.5)], count: 100_000 }
  const { found } = await collections.find(query, createContext())
  return found[0]!.map(({ id }) => id).sort()
}

const idsOf = (from: number, to: number) => range(from, to).map(({ id }) => id)

/** Makes everything in the store look as old as `ageMs`. */
function age(store: MemoryStore, ageMs: number): void {
  for (const key of store.modified.keys()) store.modified.set(key, Date.now() - ageMs)
}

/** The store for a writer between whose uploads and commit a whole compaction runs. */
function compactedBeforeCommit(store: MemoryStore): WritableStore {
  let compacted = false
  return {
    ...store,
    async write(key, body, options, context) {
      if (key.includes('/versions/') && !compacted) {
        compacted = true
        await compactCollection(store, 'jobs')
      }
      return store.write(key, body, options, context)
    },
  }
}

describe('a compaction beside a writer', () => {
  it('leaves the rows of a writer who has uploaded them and not yet committed', async () => {
    const store = createMemoryStore()
    await build(store, 10)
    const slow = compactedBeforeCommit(store)
    await addRows(slow, 'jobs', rowsOf(range(10, 15)), settings)
    await compactCollection(store, 'jobs')
    expect(await idsIn(store)).toEqual(idsOf(0, 15).sort())
  })

  it('leaves the rows of a writer who commits while it deletes', async () => {
    const store = createMemoryStore()
    await build(store, 10)
    let added = false
    const compactor: WritableStore = {
      ...store,
      async *list(prefix, context) {
        if (prefix.includes('segments') && !added) {
          added = true
          await addRows(store, 'jobs', rowsOf(range(10, 15)), settings)
        }
        yield* store.list(prefix, context)
      },
    }
    await compactCollection(compactor, 'jobs')
    expect(await idsIn(store)).toEqual(idsOf(0, 15).sort())
  })

  it('leaves a file that was left behind long ago and is needed again', async () => {
    const store = createMemoryStore()
    await build(store, 10)
    const crashing: WritableStore = {
      ...store,
      write: async (key, ...more) => {
        if (key.includes('/versions/')) throw new Error('The writer ends here.')
        return store.write(key, ...more)
      },
    }
    await expect(addRows(crashing, 'jobs', rowsOf(range(10, 15)), settings)).rejects.toThrow('ends here')
    age(store, GRACE_MS)
    const slow = compactedBeforeCommit(store)
    await addRows(slow, 'jobs', rowsOf(range(10, 15)), settings)
    expect(await idsIn(store)).toEqual(idsOf(0, 15).sort())
  })

  it('deletes what was left behind when it is a day old', async () => {
    const store = createMemoryStore()
    await build(store, 10)
    await store.write('jobs/segments/left-behind.bin', Buffer.from('x'))
    await compactCollection(store, 'jobs')
    expect(await store.stat('jobs/segments/left-behind.bin')).toBeDefined()
    age(store, GRACE_MS)
    await compactCollection(store, 'jobs')
    expect(await store.stat('jobs/segments/left-behind.bin')).toBeUndefined()
  })
})

describe('a version that lacks a file', () => {
  it('is never published: who adds rows gets an error', async () => {
    const store = createMemoryStore()
    await build(store, 10)
    const losing: WritableStore = {
      ...store,
      write: async (key, ...more) => (key.includes('/segments/') ? true : store.write(key, ...more)),
    }
    await expect(addRows(losing, 'jobs', rowsOf(range(10, 15)), settings)).rejects.toMatchObject({
      code: 'artifact_corrupt',
    })
    expect((await readLatest(store, 'jobs'))!.version).toBe(1)
  })

  it('is noticed, and the last whole version before it can be the newest again', async () => {
    const store = createMemoryStore()
    await build(store, 10)
    const { segments } = await addRows(store, 'jobs', rowsOf(range(10, 15)), settings)
    await store.remove(keyOf('jobs', segments.at(-1)!.key))
    expect(await findDamage(store, 'jobs', (await readLatest(store, 'jobs'))!)).toEqual([
      segments.at(-1)!.key,
    ])
    const done = await rollBack(store, 'jobs')
    expect(done).toMatchObject({ from: 1, manifest: { version: 3 } })
    expect(await idsIn(store)).toEqual(idsOf(0, 10).sort())
    expect(await rollBack(store, 'jobs')).toBeUndefined()
  })

  it.each(['a changed segment', 'a cut list of segments'])(
    'is left for the one before it: %s',
    async (what) => {
      const store = createMemoryStore()
      await build(store, 10)
      const { segments } = await addRows(store, 'jobs', rowsOf(range(10, 15)), settings)
      const { key, bytes } = segments.at(-1)!
      if (what === 'a changed segment') await store.write(keyOf('jobs', key), new Uint8Array(bytes))
      else await store.write(versionKey('jobs', 2), Buffer.from('{"format": "serv'))
      expect(await rollBack(store, 'jobs')).toMatchObject({ from: 1, manifest: { version: 3 } })
      expect(await idsIn(store)).toEqual(idsOf(0, 10).sort())
      age(store, GRACE_MS)
      await compactCollection(store, 'jobs')
      expect(await idsIn(store)).toEqual(idsOf(0, 10).sort())
    },
  )

  it('can be built again in its place, also where its list of segments is cut', async () => {
    const store = createMemoryStore()
    await build(store, 10)
    await store.write(versionKey('jobs', 1), Buffer.from(''))
    await expect(rollBack(store, 'jobs')).rejects.toThrow('No version of collection jobs')
    expect((await build(store, 12)).version).toBe(2)
    expect(await idsIn(store)).toEqual(idsOf(0, 12).sort())
  })

  it('is not what another file beside the versions makes of a collection', async () => {
    const store = createMemoryStore()
    await build(store, 3)
    await store.write(keyOf('jobs', 'versions/zz-copy.json'), Buffer.from('?'))
    expect(await idsIn(store)).toEqual(idsOf(0, 3).sort())
  })

  it('leaves nothing to go back to when no version is whole', async () => {
    const store = createMemoryStore()
    const { segments } = await build(store, 3)
    await store.remove(keyOf('jobs', segments[0]!.key))
    await expect(rollBack(store, 'jobs')).rejects.toMatchObject({
      code: 'artifact_corrupt',
      retryable: false,
    })
    await expect(rollBack(store, 'none')).rejects.toThrow('has no collection none')
  })
})

describe('a version whose answer was lost', () => {
  it('counts as written, and is not written a second time', async () => {
    const store = createMemoryStore()
    await build(store, 10)
    const forgetful: WritableStore = {
      ...store,
      // The first try was written and not answered; the store tries again and finds its own object.
      write: async (key, body, options, context) => {
        const written = await store.write(key, body, options, context)
        return key === versionKey('jobs', 2) ? false : written
      },
    }
    await addRows(forgetful, 'jobs', rowsOf(range(10, 12)), settings)
    expect((await readLatest(store, 'jobs'))!.version).toBe(2)
    expect(await idsIn(store)).toEqual(idsOf(0, 12).sort())
  })
})

describe('a change of few rows', () => {
  const large = { model: collectionModel(DIMENSIONS), segmentRows: 5000 }
  /** Bytes of segment files that were read since `from` reads. */
  const readBytes = (store: MemoryStore, from: number) =>
    store.reads
      .slice(from)
      .filter(({ key }) => key.includes('/segments/'))
      .reduce((sum, { range }) => sum + (range ? range.end - range.start : Number.POSITIVE_INFINITY), 0)

  it('reads less than a hundredth of a large collection', async () => {
    const store = createMemoryStore()
    const text = 'A nurse who has worked in intensive care for many years. '.repeat(30)
    const rows = range(0, 20_000).map((entry) => ({ ...entry, fields: { text } }))
    const built = await buildCollection(store, 'jobs', rowsOf(rows), large)
    const total = filesOf(built).reduce((sum, { bytes }) => sum + bytes, 0)
    const from = store.reads.length
    await addRows(store, 'jobs', rowsOf([row(7)]), large)
    expect(readBytes(store, from)).toBeLessThan(total / 100)
    const { removed } = await removeRows(store, 'jobs', new Set(['7', '19999', 'absent']))
    expect(removed).toBe(2)
    expect(readBytes(store, from)).toBeLessThan(total / 50)
    expect(await idsIn(store)).toEqual(
      idsOf(0, 20_000)
        .filter((id) => id !== '7' && id !== '19999')
        .sort(),
    )
  })

  it('finds each id in the pieces of an index in which it must lie', async () => {
    const store = createMemoryStore()
    await buildCollection(store, 'jobs', rowsOf(range(0, 3000)), large)
    const gone: string[] = []
    for (let id = 0; id < 3000; id += 61) {
      const { removed } = await removeRows(store, 'jobs', new Set([`${id}`, `x${id}`]))
      gone.push(`${id}`)
      expect(removed).toBe(1)
    }
    expect(await idsIn(store)).toEqual(
      idsOf(0, 3000)
        .filter((id) => !gone.includes(id))
        .sort(),
    )
  })

  it('is read by a reader without the segments that it knows', async () => {
    const store = createMemoryStore()
    await build(store, 40)
    const collections = createCollections({ store, budgetBytes: 1e9, threads: 1, freshMs: 0 })
    onTestFinished(() => collections.close())
    const query = { name: 'jobs', model, queries: [unitVector(DIMENSIONS, 1)], count: 1 }
    await collections.find(query, createContext())
    await addRows(store, 'jobs', rowsOf([row(50)]), settings)
    const from = store.reads.length
    expect(await collections.find(query, createContext())).toMatchObject({ version: 2, rows: 41 })
    expect(readBytes(store, from)).toBe((await readLatest(store, 'jobs'))!.segments.at(-1)!.bytes)
  })
})

describe('rows with the same id', () => {
  it('are refused, or the last of them counts', async () => {
    const store = createMemoryStore()
    const rows = [...range(0, 20), { ...row(3), fields: { which: 'last' } }, { ...row(12), fields: {} }]
    await expect(buildCollection(store, 'jobs', rowsOf(rows), settings)).rejects.toThrow('occurs twice')
    const { segments } = await buildCollection(store, 'jobs', rowsOf(rows), {
      ...settings,
      repeatedIds: 'last',
    })
    expect(segments.map(({ removed }) => removed?.rows ?? 0)).toEqual([1, 1, 0])
    expect(await idsIn(store)).toEqual(idsOf(0, 20).sort())
  })
})

describe('segments', () => {
  it('are bounded by bytes when texts are long', async () => {
    const store = createMemoryStore()
    const long = range(0, 10).map((entry) => ({ ...entry, fields: { text: 'x'.repeat(1000) } }))
    const { segments } = await buildCollection(store, 'jobs', rowsOf(long), {
      ...settings,
      segmentBytes: 2500,
    })
    expect(segments.map(({ rows }) => rows)).toEqual([3, 3, 3, 1])
  })
})
