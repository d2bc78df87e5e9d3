import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { planBatches } from '../../../src/models/encode/batching.ts'
import { createRunQueue } from '../../../src/models/encode/run-queue.ts'
import { createRunPlanner } from '../../../src/models/encode/share-runs.ts'
import type { TokenBatch } from '../../../src/models/runtime/token-batch.ts'
import type { TokenizedInput } from '../../../src/tokenizer/tokenizer.ts'

const BUDGET = 64
/** The graph fails on a run with this id, and spoils a whole run with the other one, as a quantized graph does. */
const FAILS = 666
const SPOILS = 667

const inputOf = (id: number, length: number): TokenizedInput => ({
  ids: new Int32Array(length).fill(id),
  typeIds: undefined,
  truncated: false,
  unknown: false,
})

/** A graph whose result for a row is the row's first id times 1000 plus its length. */
function createGraph(onRun: (batch: TokenBatch, runs: number) => void = () => {}) {
  const batches: TokenBatch[] = []
  const queue = createRunQueue<Float32Array>({
    padId: 0,
    tokenBudget: BUDGET,
    async run(batch) {
      batches.push(batch)
      onRun(batch, batches.length)
      if (batch.ids.includes(FAILS)) throw new Error('the graph failed')
      if (batch.ids.includes(SPOILS)) return new Float32Array(batch.lengths.length).fill(Number.NaN)
      return Float32Array.from(
        batch.lengths,
        (length, row) => batch.ids[row * batch.sequence]! * 1000 + length,
      )
    },
    part: (result, first, rows) => result.subarray(first, first + rows),
    release() {},
  })
  const ask = async (inputs: TokenizedInput[], alone = false, context = createContext()) => {
    const answers = new Float32Array(inputs.length)
    const read = (part: Float32Array, indices: readonly number[]) => {
      for (const [row, index] of indices.entries()) answers[index] = part[row]!
      return part.every(Number.isFinite)
    }
    const times = await queue.run({ inputs, alone, read }, context)
    return { answers: [...answers], ...times }
  }
  return { ask, batches }
}

const idsOf = ({ ids, lengths, sequence }: TokenBatch) =>
  Array.from(lengths, (_, row) => ids[row * sequence]!)

describe('createRunPlanner', () => {
  it('gives a job that waits alone the batches of one request', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(100), { minLength: 1 }),
        fc.integer({ min: 1, max: 300 }),
        (lengths, budget) => {
          const left = [...planBatches(lengths, 1)].flatMap((batch) => [...batch])
          const job = { lengths, left, alone: false, passedOver: false }
          const planner = createRunPlanner(budget)
          const batches: number[][] = []
          while (left.length > 0) batches.push(planner.next([job])[0]!.indices)
          expect(batches).toEqual(planBatches(lengths, budget).map((batch) => [...batch]))
        },
      ),
    )
  })

  it('lets a text wait for at most one planned run, beside any number of large jobs', () => {
    const size = fc.integer({ min: 1, max: BUDGET })
    const large = fc.record({
      lengths: fc.array(size, { minLength: 40, maxLength: 80 }),
      alone: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(large, { maxLength: 9 }), fc.array(size, { maxLength: 40 }), (jobs, texts) => {
        const planner = createRunPlanner(BUDGET)
        const waiting = jobs.map(({ lengths, alone }) => ({
          lengths,
          alone,
          left: [...planBatches(lengths, 1)].flatMap((batch) => [...batch]),
          passedOver: false,
        }))
        for (const length of texts) {
          const text = { lengths: [length], left: [0], alone: false, passedOver: false }
          planner.next([...waiting, text])
          if (text.left.length > 0) planner.next([...waiting, text])
          expect(text.left).toEqual([])
        }
      }),
    )
  })
})

describe('createRunQueue', () => {
  it('runs what has gathered in one batch, oldest first, and starts without waiting for more', async () => {
    const { ask, batches } = createGraph()
    await Promise.all([7, 8, 9].map((id) => ask([inputOf(id, 4)])))
    await ask([inputOf(5, 4)])
    expect(batches.map(idsOf)).toEqual([[7, 8, 9], [5]])
  })

  it('lets jobs that come during a run share the next one', async () => {
    const late: Promise<unknown>[] = []
    const { ask, batches } = createGraph((_, runs) => {
      if (runs === 1) for (const id of [2, 3]) late.push(ask([inputOf(id, 4)]))
    })
    await ask([inputOf(1, 4)])
    await Promise.all(late)
    expect(batches.map(idsOf)).toEqual([[1], [2, 3]])
  })

  it('runs deterministic inputs alone and unpadded', async () => {
    const { ask, batches } = createGraph()
    await Promise.all([ask([inputOf(1, 4), inputOf(2, 6)], true), ask([inputOf(3, 4)])])
    expect(batches.filter((batch) => [1, 2].includes(batch.ids[0]!)).map(idsOf)).toEqual([[1], [2]])
    expect(batches.every(({ ids, lengths, sequence }) => ids.length === lengths.length * sequence)).toBe(true)
  })

  it('runs none of the tokens of a caller who left before', async () => {
    const { ask, batches } = createGraph()
    const leaving = new AbortController()
    const gone = ask([inputOf(1, 4)], false, createContext({ signal: leaving.signal }))
    const stays = ask([inputOf(2, 4)])
    leaving.abort()
    await expect(gone).rejects.toMatchObject({ code: 'deadline_exceeded' })
    expect((await stays).answers).toEqual([2004])
    expect(batches.map(idsOf)).toEqual([[2]])
  })

  it.each([
    { name: 'fails', id: FAILS, fails: true },
    { name: 'gives numbers that are none', id: SPOILS, fails: false },
  ])('keeps a run that $name from the neighbours', async ({ id, fails }) => {
    const { ask } = createGraph()
    const [bad, good] = await Promise.allSettled([ask([inputOf(id, 4)]), ask([inputOf(2, 4)])])
    expect(good).toMatchObject({ status: 'fulfilled', value: { answers: [2004] } })
    expect(bad!.status).toBe(fails ? 'rejected' : 'fulfilled')
  })

  it('answers a caller without tokens at once, and counts the time of runs and of waiting', async () => {
    const { ask, batches } = createGraph()
    expect(await ask([inputOf(1, 0)])).toEqual({ answers: [0], waitMs: 0, runMs: 0 })
    expect(batches).toEqual([])
    const { waitMs, runMs } = await ask([inputOf(1, 3)])
    expect(Math.min(waitMs, runMs)).toBeGreaterThanOrEqual(0)
  })

  it('gives every one of thousands of mixed jobs its own answer, error or leave', async () => {
    const job = fc.record({
      lengths: fc.array(fc.nat(80), { minLength: 1, maxLength: 12 }),
      alone: fc.boolean(),
      fate: fc.constantFrom('good', 'good', 'good', 'fails', 'spoils', 'leaves'),
      /** The run during which it comes; 0 is before the first. */
      comes: fc.nat(6),
      leaves: fc.nat(8),
    })
    let jobsRun = 0
    const check = async (
      jobs: { lengths: number[]; alone: boolean; fate: string; comes: number; leaves: number }[],
    ) => {
      const outcomes: Promise<PromiseSettledResult<{ answers: number[] }>>[] = []
      const controllers = jobs.map(() => new AbortController())
      const left = new Set<number>()
      const wrongRuns: TokenBatch[] = []
      const started = new Set<number>()
      const come = (when: number) =>
        jobs.forEach(({ lengths, alone, comes, fate }, index) => {
          if (started.has(index) || comes > when) return
          started.add(index)
          const bad = fate === 'fails' ? FAILS : fate === 'spoils' ? SPOILS : index + 1
          const inputs = lengths.map((length, at) => inputOf(at === 0 ? bad : index + 1, length))
          const context = createContext({ signal: controllers[index]!.signal })
          const outcome = Promise.allSettled([graph.ask(inputs, alone, context)])
          outcomes[index] = outcome.then(([result]) => result!)
        })
      const graph = createGraph((batch, runs) => {
        // Nothing of a caller who had left before this run.
        if (idsOf(batch).some((id) => left.has(id - 1))) wrongRuns.push(batch)
        if (batch.ids.length > BUDGET && batch.lengths.length > 1) wrongRuns.push(batch)
        come(runs)
        jobs.forEach(({ fate, leaves }, index) => {
          if (fate !== 'leaves' || leaves > runs || !started.has(index)) return
          controllers[index]!.abort()
          left.add(index)
        })
      })
      come(0)
      // What would come during a run that never is comes when the others are done.
      while (started.size < jobs.length) {
        await Promise.all(outcomes)
        come(Number.POSITIVE_INFINITY)
      }
      const results = await Promise.all(outcomes)
      expect(wrongRuns).toEqual([])
      results.forEach((result, index) => {
        const { lengths, fate } = jobs[index]!
        const right = lengths.map((length) => (length === 0 ? 0 : (index + 1) * 1000 + length))
        if (fate === 'fails' && lengths[0]! > 0) {
          expect(result).toMatchObject({ status: 'rejected', reason: { message: 'the graph failed' } })
        } else if (fate === 'spoils' && lengths[0]! > 0) {
          expect(result).toMatchObject({ status: 'fulfilled' })
          if (result.status === 'fulfilled') expect(result.value.answers[0]).toBeNaN()
        } else if (result.status === 'fulfilled') expect(result.value.answers).toEqual(right)
        else {
          expect(fate).toBe('leaves')
          expect(result.reason).toMatchObject({ code: 'deadline_exceeded' })
        }
      })
      jobsRun += jobs.length
    }
    await fc.assert(fc.asyncProperty(fc.array(job, { minLength: 30, maxLength: 60 }), check), { numRuns: 60 })
    expect(jobsRun).toBeGreaterThan(2000)
  })
})
