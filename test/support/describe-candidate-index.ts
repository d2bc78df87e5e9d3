import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CandidateIndex, CollectionQuery } from '../../src/collections/candidate-index.ts'
import type { CollectionRow } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { parseExactJson, stringifyExactJson } from '../../src/formats/exact-json.ts'
import type { MatchDocument } from '../../src/services/match/document.ts'
import { createFilterJudge } from '../../src/services/match/filters.ts'
import { dot } from '../../src/vector/similarity.ts'
import { because } from './because.ts'
import { collectionModel, rowsOf, unitVector } from './collections.ts'
import { FIELDS, FILTERS, filterOf } from './filter-cases.ts'
import { itKeepsRows } from './it-keeps-rows.ts'
import { itListsAndDrops } from './it-lists-and-drops.ts'
import { manifestOf } from './manifests.ts'

/** An engine, and what it says of itself. */
interface IndexUnderTest {
  readonly name: string
  readonly open: () => Promise<CandidateIndex>
  /** Why the engine cannot be tried here; its tests are skipped, and say so. */
  readonly absent?: string | undefined
  readonly capabilities: {
    /** How far a score may lie from that of float32: vectors may be kept shorter. */
    readonly scoreError: number
    /** Whether changes by several processes at once all count. */
    readonly severalWriters: boolean
    /** Collections that filters are tried on; fewer where each takes seconds. */
    readonly filterRuns?: number
    /** Whether small collections are searched exactly. */
    readonly exact: boolean
    /** Whether the rows that a filter leaves out are counted. */
    readonly counts: boolean
  }
}

const DIMENSIONS = 16
const model = manifestOf({ id: 'small', dimensions: DIMENSIONS })
const settings = { model: collectionModel(DIMENSIONS) }
const rowOf = (id: number, fields: CollectionRow['fields'] = { text: `text ${id}` }): CollectionRow => ({
  id: String(id),
  fields,
  vector: unitVector(DIMENSIONS, id),
})
const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => rowOf(from + index))

/** What every engine of collections promises. */
export function describeCandidateIndex({ name, open, absent, capabilities }: IndexUnderTest): void {
  if (absent) console.warn(`SKIPPED: the contract of collections in ${name}: ${absent}`)
  describe.skipIf(absent)(`collections in ${name}${because(absent)}`, () => {
    let index: CandidateIndex
    let last = 0
    beforeAll(async () => {
      index = await open()
    })
    afterAll(() => index?.close())
    const fresh = () => `rows-${last++}`
    const build = async (rows: readonly CollectionRow[]) => {
      const collection = fresh()
      await index.build(collection, rowsOf(rows), settings, createContext())
      return collection
    }
    const find = (collection: string, more: Partial<CollectionQuery> = {}) =>
      index.find(
        { name: collection, model, queries: [unitVector(DIMENSIONS, 0.5)], count: 1000, ...more },
        createContext(),
      )
    const idsOf = async (collection: string) =>
      (await find(collection)).found[0]!.map(({ id }) => id).sort((one, other) => Number(one) - Number(other))

    it('finds the rows of highest cosine, best first, with their fields', async () => {
      const rows = range(0, 200)
      const collection = await build(rows)
      const queries = [unitVector(DIMENSIONS, 900), unitVector(DIMENSIONS, 901)]
      const answer = await find(collection, { queries, count: 10 })
      const { exact, counts } = capabilities
      expect(answer).toMatchObject({ engine: index.engine, exact, rows: 200, version: 1 })
      expect(answer.excluded).toBe(counts ? 0 : undefined)
      for (const [place, query] of queries.entries()) {
        const best = rows.map(({ id, vector }) => ({ id, score: dot(query, vector) }))
        best.sort((one, other) => other.score - one.score)
        const found = answer.found[place]!
        expect(found).toHaveLength(10)
        for (const [rank, { id, score, fields }] of found.entries()) {
          expect(Math.abs(score - best[rank]!.score)).toBeLessThanOrEqual(capabilities.scoreError)
          expect(fields).toEqual({ text: `text ${id}` })
        }
        expect(found[0]!.id).toBe(best[0]!.id)
      }
    })

    it('gives fields back as they were, exact numbers and every character included', async () => {
      const text =
        '{"number":12345678901234567890,"huge":1e400,"list":["a\\tb","c\\\\d","\\u0000","简历 👩‍💻"],"none":null,"inner":{"x":[true]}}'
      const fields = parseExactJson(text) as Record<string, unknown>
      const collection = await build([rowOf(1, fields)])
      const { found } = await find(collection)
      expect(stringifyExactJson(found[0]![0]!.fields)).toBe(stringifyExactJson(fields))
    })

    it('keeps the rows that a filter keeps, and counts the others', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(FIELDS, { minLength: 1, maxLength: 12 }),
          fc.array(FILTERS, { minLength: 8, maxLength: 8 }),
          async (all, asked) => {
            const collection = await build(all.map((fields, id) => rowOf(id, fields)))
            for (const filters of asked) {
              const judge = createFilterJudge(filters)
              const kept = all.flatMap((fields, id) =>
                judge.exclusionOf({ fields: fields as MatchDocument['fields'] }) ? [] : [String(id)],
              )
              const answer = await find(collection, { filter: filterOf(filters) })
              const ids = answer.found[0]!.map(({ id }) => id).sort(
                (one, other) => Number(one) - Number(other),
              )
              expect(ids).toEqual(kept)
              expect(answer.excluded).toBe(capabilities.counts ? all.length - kept.length : undefined)
              expect(answer.notes).toEqual(judge.warnings())
            }
          },
        ),
        { numRuns: capabilities.filterRuns ?? 30 },
      )
    })

    it('takes ids, names of fields, values and filters that look like commands for what they are', async () => {
      const hostile = `'; DROP TABLE jobs; -- " \\ \\. \t\n $1 {} %s \u2028`
      const rows = [rowOf(1, { [hostile]: hostile, list: [hostile] }), { ...rowOf(2), id: hostile }]
      const collection = await build(rows)
      const kept = async (filters: Parameters<typeof filterOf>[0]) =>
        (await find(collection, { filter: filterOf(filters) })).found[0]!.map(({ id }) => id)
      expect(await kept({ [hostile]: { equals: hostile } })).toEqual(['1'])
      expect(await kept({ list: { hasAny: [hostile] } })).toEqual(['1'])
      expect(await kept({ [hostile]: { in: ["' OR true --"] } })).toEqual([])
      expect(
        await index.remove(collection, new Set(["' OR true --", hostile]), createContext()),
      ).toMatchObject({
        ...{ removed: 1, rows: 1 },
      })
      const called = { name: "jobs'; --", model, queries: [], count: 1 }
      await expect(index.find(called, createContext())).rejects.toMatchObject({ code: 'invalid_request' })
    })

    it('adds and removes, an added id in the place of the old one', async () => {
      const collection = await build(range(0, 5))
      const added = await index.add(
        collection,
        rowsOf([rowOf(3, { text: 'new' }), rowOf(9)]),
        settings,
        createContext(),
      )
      expect(added).toMatchObject({ version: 2, rows: 6 })
      expect(await idsOf(collection)).toEqual(['0', '1', '2', '3', '4', '9'])
      const { found } = await find(collection, { queries: [unitVector(DIMENSIONS, 3)], count: 1 })
      expect(found[0]![0]).toMatchObject({ id: '3', fields: { text: 'new' } })
      const removed = await index.remove(collection, new Set(['0', '3', 'nobody']), createContext())
      expect(removed).toMatchObject({ version: 3, rows: 4, removed: 2 })
      expect(await idsOf(collection)).toEqual(['1', '2', '4', '9'])
      expect(await index.info(collection, createContext())).toEqual({
        version: 3,
        rows: 4,
        model: settings.model,
      })
    })

    it('makes a collection by adding to none, and a new one in the place of the old', async () => {
      const collection = fresh()
      expect(await index.info(collection, createContext())).toBeUndefined()
      await index.add(collection, rowsOf(range(0, 3)), settings, createContext())
      const built = await index.build(collection, rowsOf(range(5, 7)), settings, createContext())
      expect(built).toMatchObject({ version: 2, rows: 2 })
      expect(await idsOf(collection)).toEqual(['5', '6'])
    })

    it('refuses an id that occurs twice, unless the last one is to count', async () => {
      const twice = () => rowsOf([rowOf(1, { text: 'first' }), rowOf(2), rowOf(1, { text: 'last' })])
      const collection = await build(range(0, 3))
      const refused = index.add(collection, twice(), settings, createContext())
      await expect(refused).rejects.toMatchObject({ code: 'invalid_request', details: { id: '1' } })
      expect(await index.info(collection, createContext())).toMatchObject({ version: 1, rows: 3 })
      const last = { ...settings, repeatedIds: 'last' as const }
      await index.add(collection, twice(), last, createContext())
      await index.build(`${collection}-b`, twice(), last, createContext())
      for (const [place, rows] of [
        [collection, 3],
        [`${collection}-b`, 2],
      ] as const) {
        const answer = await find(place, { queries: [unitVector(DIMENSIONS, 1)] })
        expect(answer.rows).toBe(rows)
        expect(answer.found[0]).toHaveLength(rows)
        expect(answer.found[0]![0]!.fields).toEqual({ text: 'last' })
      }
    })

    it.each([
      ['another width', Float32Array.of(1, 0), '2 values; expected 16'],
      ['zeros alone', new Float32Array(DIMENSIONS), 'only zeros'],
      ['no numbers', new Float32Array(DIMENSIONS).fill(Number.NaN), 'finite numbers'],
    ])('refuses a vector of %s and changes nothing', async (_, vector, sentence) => {
      const collection = await build(range(0, 3))
      const rows = () => rowsOf([...range(10, 20), { ...rowOf(20), vector }])
      for (const change of [index.add, index.build]) {
        const refused = change(collection, rows(), settings, createContext())
        await expect(refused).rejects.toMatchObject({
          code: 'invalid_request',
          message: expect.stringContaining(sentence),
        })
      }
      expect(await idsOf(collection)).toEqual(['0', '1', '2'])
    })

    it('tells a query and rows of another model which one made the collection', async () => {
      const collection = await build(range(0, 3))
      const other = manifestOf({ id: 'other', dimensions: DIMENSIONS })
      const wrong = { code: 'invalid_request', details: { field: 'model' }, message: /small@/ }
      const says = { ...wrong, message: expect.stringMatching(wrong.message) }
      await expect(find(collection, { model: other })).rejects.toMatchObject({
        ...says,
        details: { field: 'model', expected: 'small', got: 'other' },
      })
      const narrow = { model: { ...collectionModel(8) } }
      const added = index.add(collection, rowsOf([]), narrow, createContext())
      await expect(added).rejects.toMatchObject(says)
    })

    it('says that a collection is not there', async () => {
      const none = { code: 'invalid_request', details: { field: 'candidates.collection' } }
      await expect(find('nobody')).rejects.toMatchObject(none)
      await expect(index.remove('nobody', new Set(['1']), createContext())).rejects.toMatchObject(none)
    })

    it('shows the old rows until rows that fail half way are given up', async () => {
      const collection = await build(range(0, 3))
      async function* failing() {
        yield* range(10, 3000)
        throw new Error('The file ends here.')
      }
      for (const change of [index.add, index.build])
        await expect(change(collection, failing(), settings, createContext())).rejects.toThrow(
          'The file ends here.',
        )
      expect(await idsOf(collection)).toEqual(['0', '1', '2'])
      expect(await index.info(collection, createContext())).toMatchObject({ version: 1 })
    })

    it('answers who searches beside a build with the old rows or the new ones', async () => {
      const collection = await build(range(0, 50))
      let done = false
      const building = (async () => {
        for (let turn = 0; turn < 3; turn++) {
          const rows = range(1000 * (turn + 1), 1000 * (turn + 1) + 50)
          await index.build(collection, rowsOf(rows), settings, createContext())
        }
        done = true
      })()
      const seen: number[] = []
      while (!done) {
        const ids = (await find(collection)).found[0]!.map(({ id }) => Math.floor(Number(id) / 1000))
        seen.push(new Set(ids).size, ids.length)
      }
      await building
      expect(new Set(seen)).toEqual(new Set([1, 50]))
    })

    itKeepsRows({ index: () => index, build, rowOf, range, settings, scoreError: capabilities.scoreError })

    itListsAndDrops({ index: () => index, build, range, settings })

    it('ends for a caller who has gone', async () => {
      const collection = await build(range(0, 3))
      const gone = createContext({ signal: AbortSignal.abort() })
      const query = { name: collection, model, queries: [unitVector(DIMENSIONS, 1)], count: 1 }
      await expect(index.find(query, gone)).rejects.toMatchObject({ code: 'deadline_exceeded' })
    })

    it.skipIf(!capabilities.severalWriters)(
      `keeps what all writers add at once${because(!capabilities.severalWriters && `${name} has one writer`)}`,
      async () => {
        const collection = await build(range(0, 3))
        const adds = Array.from({ length: 6 }, (_, turn) =>
          index.add(collection, rowsOf(range(10 * turn + 10, 10 * turn + 13)), settings, createContext()),
        )
        await Promise.all(adds)
        expect(await index.info(collection, createContext())).toMatchObject({ version: 7, rows: 21 })
        expect(await idsOf(collection)).toHaveLength(21)
      },
    )
  })
}
