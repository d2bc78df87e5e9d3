import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createS3VectorsIndex,
  type S3VectorsOptions,
} from '../../src/collections/s3vectors/s3vectors-index.ts'
import type { CollectionRow } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { createFilterJudge, type Filters } from '../../src/services/match/filters.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { type FakeS3Vectors, startFakeS3Vectors } from '../support/fake-s3vectors.ts'
import { manifestOf } from '../support/manifests.ts'
import { FAST_POLICY, withCredentials } from '../support/s3vectors.ts'

const DIMENSIONS = 4
const model = manifestOf({ id: 'small', dimensions: DIMENSIONS })
const settings = { model: collectionModel(DIMENSIONS) }
const rowsFrom = (first: number, count: number, fields: CollectionRow['fields'] = { from: first }) =>
  Array.from({ length: count }, (_, row) => ({
    id: `${first + row}`,
    fields,
    vector: unitVector(DIMENSIONS, (first + row) % 100),
  }))

withCredentials()
let fake: FakeS3Vectors
let index: ReturnType<typeof createS3VectorsIndex>
beforeAll(async () => {
  fake = await startFakeS3Vectors('people')
  index = open()
})
afterAll(() => fake.close())
beforeEach(() => {
  fake.before = () => undefined
  fake.asked.clear()
})

let collections = 0
const fresh = () => `jobs-${collections++}`
const open = (more: S3VectorsOptions = {}) =>
  createS3VectorsIndex('s3vectors://people/jobs', {
    endpoint: fake.endpoint,
    policy: FAST_POLICY,
    times: { leaseMs: 100, settleMs: 0 },
    freshMs: 0,
    ...more,
  })
const query = (name: string, count = 2000, filters?: Filters) => ({
  name,
  model,
  queries: [unitVector(DIMENSIONS, 1)],
  count,
  filter: filters && filterOf(filters),
})
function filterOf(filters: Filters) {
  const judge = createFilterJudge(filters)
  return {
    key: JSON.stringify(filters),
    conditions: filters,
    keeps: (fields: object) => judge.exclusionOf({ fields: fields as never }) === undefined,
    notes: judge.warnings,
  }
}
const idsOf = async (name: string) =>
  (await index.find(query(name), createContext())).found[0]!.map(({ id }) => id).sort()
const build = (name: string, rows: readonly CollectionRow[]) =>
  index.build(name, rowsOf(rows), settings, createContext())

/** Lets so many requests of a writer pass, and none after them, as when its machine dies. */
function dieAfter(requests: number): void {
  let left = requests
  fake.before = () => (left-- > 0 ? undefined : { status: 500, kind: 'InternalServerException' })
}
const mortal = () => open({ policy: { ...FAST_POLICY, attempts: 1 } })

describe('a writer who dies after any of its requests', () => {
  const works = {
    build: (name: string) => mortal().build(name, rowsOf(rowsFrom(1000, 600)), settings, createContext()),
    add: (name: string) => mortal().add(name, rowsOf(rowsFrom(5, 60)), settings, createContext()),
    remove: (name: string) =>
      mortal().remove(name, new Set(rowsFrom(0, 8).map(({ id }) => id)), createContext()),
    compact: (name: string) => mortal().compact(name, createContext()),
  }
  it.each(Object.entries(works))(
    'leaves of a %s all or nothing, and the next writer goes on',
    async (_, work) => {
      let outcome: 'died' | 'done' = 'died'
      for (let requests = 1; outcome === 'died'; requests++) {
        expect(requests).toBeLessThan(60)
        const name = fresh()
        await build(name, rowsFrom(0, 10))
        await index.remove(name, new Set(['9']), createContext())
        const before = await idsOf(name)
        dieAfter(requests)
        outcome = await work(name).then(
          () => 'done' as const,
          () => 'died' as const,
        )
        fake.before = () => undefined
        const { version, rows } = (await index.info(name, createContext()))!
        const ids = await idsOf(name)
        expect(ids).toHaveLength(rows)
        if (version === 2) expect(ids).toEqual(before)
        // Whose last answer was lost has done all of it.
        else expect(version).toBe(3)
        const added = await index.add(name, rowsOf(rowsFrom(7000, 3)), settings, createContext())
        expect(await idsOf(name)).toHaveLength(added.rows)
        expect(added.rows).toBe(rows + 3)
      }
    },
  )

  it('is followed by a compaction, which deletes what it left', async () => {
    const name = fresh()
    await build(name, rowsFrom(0, 10))
    await index.add(name, rowsOf(rowsFrom(0, 4, { from: 'new' })), settings, createContext())
    async function* failing() {
      yield* rowsFrom(100, 70)
      throw new Error('The file ends here.')
    }
    for (let turn = 0; turn < 11; turn++)
      await expect(index.add(name, failing(), settings, createContext())).rejects.toThrow('ends here')
    await expect(index.add(name, failing(), settings, createContext())).rejects.toThrow('compact --name')
    // The first fifty rows of what failed are there, each once, and four that were replaced.
    expect(await index.compact(name, createContext())).toMatchObject({ rows: 10, deleted: 54, version: 3 })
    expect(await idsOf(name)).toEqual(rowsFrom(0, 10).map(({ id }) => id))
    expect(await index.add(name, rowsOf(rowsFrom(50, 2)), settings, createContext())).toMatchObject({
      rows: 12,
    })
  })

  it('leaves no index behind for longer than a day and two builds', async () => {
    const name = fresh()
    await build(name, rowsFrom(0, 3))
    const own = () => [...fake.indexes.keys()].filter((key) => !before.includes(key))
    const before = [...fake.indexes.keys()]
    dieAfter(6)
    await expect(mortal().build(name, rowsOf(rowsFrom(0, 3)), settings, createContext())).rejects.toThrow()
    fake.before = () => undefined
    const [left] = own().filter((key) => !key.endsWith('lock'))
    Object.assign(fake.indexes.get(left!)!, { createdAt: Date.now() / 1000 - 2 * 24 * 60 * 60 })
    await build(name, rowsFrom(0, 3))
    await build(name, rowsFrom(0, 3))
    expect(own()).toHaveLength(2)
    expect(own()).not.toContain(left)
  })
})

describe('a service that does not answer at once', () => {
  it('is asked again when it throttles, and nothing is lost', async () => {
    const name = fresh()
    let calls = 0
    fake.before = (operation) =>
      operation === 'PutVectors' && ++calls % 2 === 1
        ? { status: 429, kind: 'TooManyRequestsException' }
        : undefined
    expect(await build(name, rowsFrom(0, 1200))).toMatchObject({ rows: 1200 })
    fake.before = () => undefined
    expect(await idsOf(name)).toHaveLength(1200)
  })

  it('is called overloaded when it throttles to the end', async () => {
    const name = fresh()
    await build(name, rowsFrom(0, 2))
    fake.asked.clear()
    fake.before = (operation) =>
      operation === 'QueryVectors' ? { status: 429, kind: 'TooManyRequestsException' } : undefined
    await expect(index.find(query(name), createContext())).rejects.toMatchObject({ code: 'overloaded' })
    expect(fake.asked.get('QueryVectors')).toBe(FAST_POLICY.attempts)
  })

  it('is not waited for beyond the deadline, nor for a caller who has gone', async () => {
    const name = fresh()
    await build(name, rowsFrom(0, 2))
    const gone = new AbortController()
    fake.before = async (operation) => {
      if (operation !== 'QueryVectors') return undefined
      gone.abort()
      return new Promise(() => {})
    }
    const ended = { code: 'deadline_exceeded' }
    await expect(index.find(query(name), createContext({ signal: gone.signal }))).rejects.toMatchObject(ended)
    const late = createContext({ deadline: Date.now() + 300 })
    await expect(index.find(query(name), late)).rejects.toMatchObject(ended)
  })

  it.each([
    [403, 'AccessDeniedException', 'docs/collections.md'],
    [404, 'NotFoundException', 'create-vector-bucket'],
  ])('that answers %i %s is not asked twice', async (status, kind, words) => {
    fake.before = () => ({ status, kind })
    await expect(build(fresh(), rowsFrom(0, 1))).rejects.toThrow(words)
    expect(Math.max(...fake.asked.values())).toBe(1)
  })
})

describe('the limits of the service', () => {
  it('refuse a wider model and more rows than it gives, in sentences', async () => {
    const wide = { model: collectionModel(4097) }
    await expect(index.build(fresh(), rowsOf([]), wide, createContext())).rejects.toThrow(
      'keeps 4096 at most',
    )
    const name = fresh()
    await build(name, rowsFrom(0, 1))
    await expect(index.find(query(name, 10_001), createContext())).rejects.toThrow('gives 10000 at most')
  })

  it('let rows with more values than filters see be found by filters all the same', async () => {
    const name = fresh()
    const skills = (first: number) => Array.from({ length: 300 }, (_, skill) => `skill ${first + skill}`)
    await build(name, [
      ...rowsFrom(0, 150, { skills: skills(1000) }),
      ...rowsFrom(200, 3, { skills: skills(0) }),
      ...rowsFrom(300, 3, { skills: ['skill 7'] }),
    ])
    const { found, notes } = await index.find(
      query(name, 10, { skills: { hasAll: ['Skill 7'] } }),
      createContext(),
    )
    expect(found[0]!.map(({ id }) => id).sort()).toEqual(['200', '201', '202', '300', '301', '302'])
    expect(notes).toEqual([])
  })

  it('are told when they leave fewer rows than there may be', async () => {
    const name = fresh()
    const far = { at: { latitude: 10, longitude: 10 } }
    const vector = unitVector(DIMENSIONS, 1)
    const near = Array.from({ length: 10_000 }, (_, id) => ({ id: `${id}`, fields: far, vector }))
    await build(name, [...near, ...rowsFrom(20_000, 3, { at: { latitude: 10.1, longitude: 10.1 } })])
    const within = { latitude: 10.1, longitude: 10.1, kilometres: 15 }
    const { found, notes } = await index.find(query(name, 5, { at: { within } }), createContext())
    expect(found[0]).toEqual([])
    expect(notes.at(-1)).toContain('10000 nearest rows')
  }, 60_000)
})

it('looks for the newest version again when the index of a known one has gone', async () => {
  const name = fresh()
  const reader = open({ freshMs: 1e9 })
  await build(name, rowsFrom(0, 3))
  await reader.find(query(name), createContext())
  for (let turn = 1; turn < 4; turn++) await build(name, rowsFrom(turn * 100, 3))
  const { found, version } = await reader.find(query(name), createContext())
  expect(version).toBe(4)
  expect(found[0]!.map(({ id }) => id).sort()).toEqual(['300', '301', '302'])
})

it('waits for those who go by the version before, ere it writes over their rows', async () => {
  const name = fresh()
  const careful = open({ times: { leaseMs: 100, settleMs: 400 } })
  await careful.build(name, rowsOf(rowsFrom(0, 3)), settings, createContext())
  const gone = createContext({ deadline: Date.now() + 60 })
  await expect(careful.add(name, rowsOf(rowsFrom(0, 1)), settings, gone)).rejects.toMatchObject({
    code: 'deadline_exceeded',
  })
  expect(await careful.add(name, rowsOf(rowsFrom(0, 1)), settings, createContext())).toMatchObject({
    version: 2,
    rows: 3,
  })
})

it('gives way to another writer for as long as it is patient', async () => {
  const name = fresh()
  await build(name, rowsFrom(0, 1))
  let write = () => {}
  async function* waiting() {
    await new Promise<void>((resolve) => {
      write = resolve
    })
    yield* rowsFrom(5, 1)
  }
  const slow = open({ times: { leaseMs: 60_000, settleMs: 0 } })
  const first = slow.add(name, waiting(), settings, createContext())
  const hasty = open({ times: { leaseMs: 1000, patienceMs: 1, settleMs: 0 } })
  await expect.poll(() => [...fake.indexes.keys()].some((key) => key.endsWith('-lock'))).toBe(true)
  await expect(hasty.add(name, rowsOf(rowsFrom(6, 1)), settings, createContext())).rejects.toMatchObject({
    code: 'overloaded',
  })
  await expect
    .poll(async () => {
      write()
      return (await index.info(name, createContext()))!.version
    })
    .toBe(2)
  await first
})
