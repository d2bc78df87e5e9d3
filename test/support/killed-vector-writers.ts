import fc from 'fast-check'
import { expect } from 'vitest'
import type { CandidateIndex } from '../../src/collections/candidate-index.ts'
import { createS3VectorsIndex } from '../../src/collections/s3vectors/s3vectors-index.ts'
import { createContext } from '../../src/context.ts'
import type { Bundles } from './bundles.ts'
import { collectionModel, rowsOf, unitVector } from './collections.ts'
import { confirmedIn, type Kill, runKilled } from './killed-program.ts'
import { FAST_POLICY } from './s3vectors.ts'
import type { S3VectorsWriterTask } from './s3vectors-writer.ts'

const DIMENSIONS = 8
const ROWS = 120
const ADDED = 60
const PLACE = 's3vectors://people/killed'
/** Past it the lock of a writer who was killed belongs to nobody. */
const LEASE_MS = 800

/** Kills of the writers of one turn. */
interface Kills {
  readonly add: Kill
  readonly remove: Kill
  readonly compact: Kill
  readonly build: Kill
}

const kill = (most: number) =>
  fc.record({ lines: fc.integer({ min: 1, max: most }), milliseconds: fc.integer({ min: 0, max: 60 }) })
/** Any such kills. */
export const KILLS: fc.Arbitrary<Kills> = fc.record({
  ...{ add: kill(24), remove: kill(6), compact: kill(2), build: kill(26) },
})

/** What came of some turns. */
export interface KilledCounts {
  faults: number
  /** Changes that were confirmed. */
  confirmed: number
  halfWritten: number
}

/** A server of S3 Vectors on which writers are killed. */
interface Setting {
  readonly endpoint: string
  readonly program: Bundles
  /** Whether writers who meet wait for each other there, as they do at the service. */
  readonly locks: boolean
  /** The ids that a search finds; that of the whole collection where the server has no queries. */
  readonly idsOf: (index: CandidateIndex) => Promise<readonly number[]>
}

async function run(
  { endpoint, program }: Setting,
  task: Pick<S3VectorsWriterTask, 'work' | 'first' | 'rows' | 'turns'>,
  kill: Kill,
): Promise<number[]> {
  const whole: S3VectorsWriterTask = { ...task, endpoint, place: PLACE, leaseMs: LEASE_MS }
  return confirmedIn(await runKilled(program.path('s3vectors-writer.js'), whole, kill))
}

/** One turn: rows are built, then writers of all kinds are killed, and each change is there whole or not at all. */
export async function killVectorWriters(
  setting: Setting,
  after: Kills,
  counted: KilledCounts,
): Promise<void> {
  const index = createS3VectorsIndex(PLACE, {
    ...{ endpoint: setting.endpoint, policy: FAST_POLICY, freshMs: 0 },
    times: { leaseMs: LEASE_MS, settleMs: 0 },
  })
  const base = Array.from({ length: ROWS }, (_, id) => ({
    ...{ id: `${id}`, fields: {}, vector: unitVector(DIMENSIONS, id) },
  }))
  await index.build('jobs', rowsOf(base), { model: collectionModel(DIMENSIONS) }, createContext())
  const adding = () => run(setting, { work: 'add', first: 1000, rows: ADDED, turns: 3 }, after.add)
  const removing = () => run(setting, { work: 'remove', first: 0, rows: 10, turns: 3 }, after.remove)
  const compacting = () => run(setting, { work: 'compact', first: 0, rows: 0, turns: 2 }, after.compact)
  const [added, removed, compacted] = setting.locks
    ? await Promise.all([adding(), removing(), compacting()])
    : [await adding(), await removing(), await compacting()]
  const there = await checked(index, setting)
  const expectWhole = (first: number, size: number, confirmed: readonly number[], wanted: number) => {
    const found = there.filter((id) => id >= first && id < first + size).length
    if (found !== 0 && found !== size) counted.halfWritten++
    if (confirmed.includes(first)) expect(found).toBe(wanted)
  }
  for (const turn of [0, 1, 2]) {
    expectWhole(1000 + turn * ADDED, ADDED, added, ADDED)
    expectWhole(turn * 10, 10, removed, 0)
  }
  expect(there.filter((id) => id >= 30 && id < 1000)).toHaveLength(ROWS - 30)
  const built = await run(setting, { work: 'build', first: 5000, rows: ROWS, turns: 2 }, after.build)
  const then = await checked(index, setting)
  const own = then.filter((id) => id >= 5000).length
  if (built.length > 0) expect(own).toBe(ROWS)
  expect([0, ROWS]).toContain(own)
  expect(then.length).toBe(own === 0 ? there.length : ROWS)
  counted.faults += 4
  counted.confirmed += added.length + removed.length + compacted.length + built.length
  await index.close()
}

async function checked(index: CandidateIndex, setting: Setting): Promise<readonly number[]> {
  const ids = await setting.idsOf(index)
  expect((await index.info('jobs', createContext()))!.rows).toBe(ids.length)
  expect(new Set(ids).size).toBe(ids.length)
  return ids
}
