import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCollections } from '../../src/collections/collections.ts'
import { compactCollection } from '../../src/collections/compact.ts'
import { versionKey } from '../../src/collections/manifest.ts'
import { readLatest } from '../../src/collections/versions.ts'
import { addRows, buildCollection, type CollectionRow, removeRows } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { dot } from '../../src/vector/similarity.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { manifestOf } from '../support/manifests.ts'
import { createMemoryStore } from '../support/memory-store.ts'

const DIMENSIONS = 16
const model = manifestOf({ id: 'small', dimensions: DIMENSIONS })
const row = (id: number): CollectionRow => ({
  id: String(id),
  fields: { text: `text ${id}`, even: id % 2 === 0 },
  vector: unitVector(DIMENSIONS, id),
})
const settings = (encoding: 'float32' | 'int8' = 'float32', segmentRows = 8) => ({
  model: collectionModel(DIMENSIONS),
  encoding,
  segmentRows,
})
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => row(from + index))

function open(store = createMemoryStore(), freshMs = 0) {
  const collections = createCollections({ store, budgetBytes: 1e8, threads: 1, freshMs })
  onTestFinished(() => collections.close())
  const find = (query: Float32Array, count: number, more: object = {}) =>
    collections.find({ name: 'jobs', model, queries: [query], count, ...more }, createContext())
  return { store, find }
}

/** What a plain loop finds among rows. */
function plain(rows: readonly CollectionRow[], query: Float32Array, count: number): string[] {
  return rows
    .map(({ id, vector }, index) => ({ id, index, score: dot(query, vector) }))
    .sort((one, other) => other.score - one.score || one.index - other.index)
    .slice(0, count)
    .map(({ id }) => id)
}

describe('a collection', () => {
  it('finds what a plain loop finds, whatever was added, removed and compacted', async () => {
    const change = fc.oneof(
      fc.record({
        kind: fc.constant('add' as const),
        ids: fc.uniqueArray(fc.nat(40), { minLength: 1, maxLength: 12 }),
      }),
      fc.record({ kind: fc.constant('remove' as const), ids: fc.uniqueArray(fc.nat(40), { maxLength: 12 }) }),
      fc.record({ kind: fc.constant('compact' as const), ids: fc.constant([] as number[]) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 6 }), fc.nat(1000), async (changes, seed) => {
        const store = createMemoryStore()
        await buildCollection(store, 'jobs', rowsOf(range(0, 20)), settings())
        let rows = range(0, 20)
        for (const { kind, ids } of changes) {
          rows = kind === 'compact' ? rows : rows.filter(({ id }) => !ids.includes(Number(id)))
          if (kind === 'add') {
            rows = [...rows, ...ids.map(row)]
            await addRows(store, 'jobs', rowsOf(ids.map(row)), settings())
          } else if (kind === 'remove') await removeRows(store, 'jobs', new Set(ids.map(String)))
          else await compactCollection(store, 'jobs', { segmentRows: 5, graceMs: 0 })
        }
        const collections = createCollections({ store, budgetBytes: 1e8, threads: 1 })
        const query = unitVector(DIMENSIONS, seed + 0.5)
        const answer = await collections.find(
          { name: 'jobs', model, queries: [query], count: 7 },
          createContext(),
        )
        await collections.close()
        expect(answer.found[0]!.map(({ id }) => id)).toEqual(plain(rows, query, 7))
        expect(answer.rows).toBe(rows.length)
      }),
      { numRuns: 25 },
    )
  })

  it('finds nearly the same by int8 codes: recall at 10 of at least 0.99', async () => {
    const { store, find } = open()
    const wide = (seed: number) => unitVector(128, seed)
    const rows = Array.from({ length: 500 }, (_, id) => ({ id: `${id}`, fields: {}, vector: wide(id) }))
    const written = { model: collectionModel(128), encoding: 'int8', segmentRows: 200 } as const
    await buildCollection(store, 'jobs', rowsOf(rows), written)
    let hits = 0
    for (let query = 0; query < 50; query++) {
      const vector = wide(query + 0.25)
      const expected = new Set(plain(rows, vector, 10))
      const { found } = await find(vector, 10, { model: manifestOf({ id: 'small', dimensions: 128 }) })
      hits += found[0]!.filter(({ id }) => expected.has(id)).length
    }
    expect(hits / 500).toBeGreaterThanOrEqual(0.99)
  })

  it('filters before it scores, and asks a filter once', async () => {
    const { store, find } = open()
    await buildCollection(store, 'jobs', rowsOf(range(0, 30)), settings())
    let asked = 0
    const filter = {
      key: 'even',
      keeps: ({ even }: Readonly<Record<string, unknown>>) => {
        asked++
        return even === true
      },
    }
    const query = unitVector(DIMENSIONS, 3)
    const expected = plain(range(0, 30), query, 30).filter((id) => Number(id) % 2 === 0)
    for (let turn = 0; turn < 2; turn++) {
      const { found, excluded } = await find(query, 20, { filter })
      expect(found[0]!.map(({ id }) => id)).toEqual(expected)
      expect(excluded).toBe(15)
    }
    expect(asked).toBe(30)
  })

  it('tells what a filter noticed over all rows, the second time too', async () => {
    const { store, find } = open()
    await buildCollection(store, 'jobs', rowsOf(range(0, 30)), settings())
    for (let turn = 0; turn < 2; turn++) {
      let rows = 0
      const filter = { key: 'none', keeps: () => ++rows < 0, notes: () => [`${rows} rows`] }
      const { found, excluded, notes } = await find(unitVector(DIMENSIONS, 3), 20, { filter })
      expect([found[0], excluded, notes]).toEqual([[], 30, ['30 rows']])
    }
    expect((await find(unitVector(DIMENSIONS, 3), 20)).notes).toEqual([])
  })

  it('is read once for many queries, and anew when there is a new version', async () => {
    const { store, find } = open()
    await buildCollection(store, 'jobs', rowsOf(range(0, 5)), settings())
    const segmentReads = () => store.reads.filter(({ key }) => key.includes('/segments/')).length
    for (let turn = 0; turn < 3; turn++) await find(unitVector(DIMENSIONS, 1), 2)
    expect(segmentReads()).toBe(1)
    await addRows(store, 'jobs', rowsOf([row(9)]), settings())
    const { found, version } = await find(unitVector(DIMENSIONS, 9), 1)
    expect([version, found[0]![0]!.id]).toEqual([2, '9'])
    expect(found[0]![0]!.fields).toEqual({ text: 'text 9', even: false })
  })

  it('does not ask for a new version while the known one is fresh', async () => {
    const { store, find } = open(createMemoryStore(), 60_000)
    await buildCollection(store, 'jobs', rowsOf(range(0, 5)), settings())
    await find(unitVector(DIMENSIONS, 1), 2)
    await addRows(store, 'jobs', rowsOf([row(9)]), settings())
    expect((await find(unitVector(DIMENSIONS, 1), 2)).version).toBe(1)
  })

  it('loses no row when two writers add at the same time', async () => {
    const { store, find } = open()
    await Promise.all(
      [0, 10, 20, 30].map((from) => addRows(store, 'jobs', rowsOf(range(from, from + 10)), settings())),
    )
    expect((await find(unitVector(DIMENSIONS, 1), 5)).rows).toBe(40)
    expect((await readLatest(store, 'jobs'))!.version).toBe(4)
  })

  it('keeps after a compaction only what the last two versions need', async () => {
    const { store } = open()
    await buildCollection(store, 'jobs', rowsOf(range(0, 20)), settings())
    await removeRows(store, 'jobs', new Set(['1', '2']))
    await compactCollection(store, 'jobs', { graceMs: 0 })
    await compactCollection(store, 'jobs', { graceMs: 0 })
    const keys: string[] = []
    for await (const key of store.list('jobs/')) keys.push(key)
    const { segments } = (await readLatest(store, 'jobs'))!
    const needed = segments.flatMap(({ key, ids }) => [`jobs/${key}`, `jobs/${ids!.key}`])
    expect(keys.filter((key) => key.includes('segments'))).toEqual(needed.sort())
    expect(keys.filter((key) => key.includes('versions'))).toEqual(
      [3, 4].map((version) => versionKey('jobs', version)),
    )
  })

  it('made of no rows has no rows and finds none', async () => {
    const { store, find } = open()
    await buildCollection(store, 'jobs', rowsOf([]), settings())
    expect(await find(unitVector(DIMENSIONS, 1), 5)).toMatchObject({ rows: 0, found: [[]] })
  })

  it.each([
    ['that is not there', 'other', {}, 'has no collection other'],
    ['with a name that leaves the store', '../x', {}, 'The name of a collection is'],
    [
      'of another model',
      'jobs',
      { model: manifestOf({ id: 'large', dimensions: DIMENSIONS }) },
      're-embed its rows with large',
    ],
    [
      'of another revision',
      'jobs',
      { model: { ...model, revision: '1'.repeat(40) } },
      'or ask for model small in that revision',
    ],
  ])('refuses one %s', async (_, name, more, message) => {
    const { store, find } = open()
    await buildCollection(store, 'jobs', rowsOf(range(0, 3)), settings())
    const finding = find(unitVector(DIMENSIONS, 1), 1, { name, ...more })
    await expect(finding).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(find(unitVector(DIMENSIONS, 1), 1, { name, ...more })).rejects.toThrow(message)
  })

  it.each(['removed', 'cut', 'changed'])('says so when a segment was %s', async (how) => {
    const { store, find } = open()
    const { segments } = await buildCollection(store, 'jobs', rowsOf(range(0, 3)), settings())
    const key = `jobs/${segments[0]!.key}`
    if (how === 'removed') await store.remove(key)
    else await store.write(key, new Uint8Array(how === 'cut' ? 10 : segments[0]!.bytes))
    await expect(find(unitVector(DIMENSIONS, 1), 1)).rejects.toMatchObject({
      code: 'artifact_corrupt',
      retryable: false,
    })
  })

  it('says what is wrong with a manifest', async () => {
    const { store, find } = open()
    await store.write(versionKey('jobs', 1), Buffer.from('{"format": "else"}'))
    await expect(find(unitVector(DIMENSIONS, 1), 1)).rejects.toMatchObject({
      message: expect.stringMatching(/manifest jobs\/versions.* is wrong at/),
      retryable: false,
    })
  })

  it.each([
    ['twice the same id', [row(1), row(1)], 'The id "1" occurs twice'],
    ['a vector of another width', [{ ...row(1), vector: new Float32Array(3) }], 'has 3 values; expected 16'],
    ['NaN', [{ ...row(1), vector: new Float32Array(DIMENSIONS).fill(Number.NaN) }], 'finite numbers'],
    [
      'a vector of zeros',
      [{ ...row(1), vector: new Float32Array(DIMENSIONS) }],
      'has only zeros, which point nowhere',
    ],
  ])('refuses rows with %s', async (_, rows, message) => {
    await expect(buildCollection(createMemoryStore(), 'jobs', rowsOf(rows), settings())).rejects.toThrow(
      message,
    )
  })

  it('refuses to add rows of another encoding, and to change what is not there', async () => {
    const store = createMemoryStore()
    await buildCollection(store, 'jobs', rowsOf(range(0, 3)), settings())
    await expect(addRows(store, 'jobs', rowsOf([row(5)]), settings('int8'))).rejects.toThrow('build it anew')
    await expect(removeRows(store, 'none', new Set(['1']))).rejects.toThrow('has no collection none')
    await expect(compactCollection(store, 'none')).rejects.toThrow('has no collection none')
  })
})
